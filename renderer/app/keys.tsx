/** `mod+k` → Ctrl + K. */
export function Keys({ keys }: { keys: string }) {
  const parts = keys.includes('+') ? keys.split('+') : keys.split(' ');
  return (
    <span className="kp-keys">
      {parts.map((part) => (
        <kbd key={part}>{part === 'mod' ? 'Ctrl' : part.length === 1 ? part.toUpperCase() : part}</kbd>
      ))}
    </span>
  );
}
