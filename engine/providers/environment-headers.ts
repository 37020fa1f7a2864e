/**
 * Both SDKs add the headers of an environment variable of their own to every call, to any server, even over the key.
 * Null takes each away again: what a call carries is decided by its model's specification and the key it names.
 */
export function headersInPlaceOf(
  variable: string,
  env: Record<string, string | undefined>,
): Record<string, null> {
  const lines = (env[variable] ?? '').split('\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), null]),
  );
}
