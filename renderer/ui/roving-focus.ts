/** Where an arrow key moves the one focused cell of a grid. */
export interface GridPlace {
  /** −1: the header. */
  row: number;
  column: number;
}

/** Null for keys that do not move. Never leaves the grid; the header is part of it where `head` says so. */
export function moveFocus(
  at: GridPlace,
  key: { key: string; ctrlKey: boolean },
  size: { rows: number; columns: number; page: number; head?: boolean },
): GridPlace | null {
  const top = size.head === true ? -1 : 0;
  const clamp = (row: number, column: number, least = top): GridPlace => ({
    row: Math.max(least, Math.min(size.rows - 1, row)),
    column: Math.max(0, Math.min(size.columns - 1, column)),
  });
  switch (key.key) {
    case 'ArrowUp':
      return clamp(at.row - 1, at.column);
    case 'ArrowDown':
      return clamp(at.row + 1, at.column);
    case 'ArrowLeft':
      return clamp(at.row, at.column - 1);
    case 'ArrowRight':
      return clamp(at.row, at.column + 1);
    case 'PageUp':
      return clamp(at.row - size.page, at.column, 0);
    case 'PageDown':
      return clamp(at.row + size.page, at.column, 0);
    case 'Home':
      return clamp(key.ctrlKey ? 0 : at.row, 0);
    case 'End':
      return clamp(key.ctrlKey ? size.rows - 1 : at.row, size.columns - 1);
    default:
      return null;
  }
}
