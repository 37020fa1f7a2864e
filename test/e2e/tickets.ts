/** A small labelled file of one's own: support tickets, with hostile strings in a body and a label. */
import { hashed, type Ticket } from './model-server.ts';

export const hostileBody = `<script>window.hacked='body'</script> and <img src=x onerror="window.hacked='body'">`;
export const hostileLabel = `<img src=x onerror="window.hacked='label'">`;
export const hostileAnswer = `<script>window.hacked='answer'</script><img src=x onerror="window.hacked='answer'">`;

const teams = ['billing', 'delivery', 'returns', 'accounts'];
const phrases = [
  'My invoice shows the wrong amount',
  'The parcel has not arrived',
  'I want to send this back',
  'I cannot sign in any more',
];

export function makeTickets(rows: number): Ticket[] {
  return Array.from({ length: rows }, (_, index): Ticket => {
    const id = `T${1000 + index}`;
    if (index === 1) return { id, body: `[${id}] ${hostileBody}`, team: 'billing' };
    if (index === 2) return { id, body: `[${id}] Where is my refund?`, team: hostileLabel };
    const kind = Math.floor(hashed(`team ${id}`) * teams.length);
    return {
      id,
      body: `[${id}] ${phrases[kind]}, order ${Math.floor(hashed(id) * 1e6)}.`,
      team: teams[kind] ?? 'billing',
    };
  });
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
export function ticketsCsv(tickets: Ticket[]): string {
  const lines = tickets.map(({ id, body, team }, index) =>
    [id, quoted(body), quoted(team), index % 2 === 0 ? 'web' : 'mail'].join(','),
  );
  return `ticket,message,team,channel\n${lines.join('\n')}\n`;
}

export const pipelineYaml = (baseUrl: string): string => `pipeline: ticket-triage
version: 1
candidates:
  small:
    provider: openai-compatible
    model: small
    baseUrl: ${baseUrl}
    keyVariable: TICKETS_KEY
    price: { inputPerMTok: 0.1, outputPerMTok: 0.4 }
  large:
    provider: openai-compatible
    model: large
    baseUrl: ${baseUrl}
    keyVariable: TICKETS_KEY
    price: { inputPerMTok: 5, outputPerMTok: 20 }
steps:
  - id: answer
    route: { by: candidate, candidates: [small, large] }
    generate:
      prompt: "Which team? Answer with its name only. {{input.message}}"
      logprobs: true
`;

/** What promptfoo would have written after asking two models; mini is wrong on every fifth. */
export function promptfooResults(tickets: Ticket[]): string {
  const results = tickets.flatMap(({ body, team }, testIdx) =>
    ['mini', 'maxi'].map((label, promptIdx) => {
      const right = label === 'maxi' || testIdx % 5 > 0;
      return {
        cost: 0.001 * (promptIdx + 1),
        failureReason: right ? 0 : 1,
        error: null,
        latencyMs: 300,
        prompt: { raw: body, label: '{{message}}' },
        provider: { id: `openai:${label}`, label },
        promptIdx,
        testIdx,
        score: right ? 1 : 0,
        success: right,
        response: { output: right ? team : 'nobody' },
        gradingResult: { pass: right, score: right ? 1 : 0 },
        testCase: { vars: { message: body }, assert: [{ type: 'equals', value: team }] },
        vars: { message: body },
      };
    }),
  );
  return JSON.stringify({
    evalId: 'e2e',
    results: { version: 3, timestamp: '2026-09-01T10:00:00.000Z', prompts: [], results, stats: {} },
    config: {},
  });
}
