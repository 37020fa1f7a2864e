export { connect } from './connect.ts';
export type { Endpoint } from './endpoint.ts';
export { createMailbox } from './endpoint.ts';
export { exposeGuarded } from './expose.ts';
export { type PortLike, portEndpoint } from './message-port.ts';
export {
  MAX_ANSWER_BYTES,
  MAX_CALL_BYTES,
  SOCKET_PROTOCOL,
  type SocketLike,
  socketEndpoint,
} from './web-socket.ts';
