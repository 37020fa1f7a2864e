/** Where an arrow key moves the one focused cell of a grid. */
export interface GridPlace {
  row: number;
  column: number;
}

/** Null for keys that do not move. Never leaves the grid. */
export function moveFocus(
  at: GridPlace,
  key: { key: string; ctrlKey: boolean },
  size: { rows: number; columns: number; page: number },
): GridPlace | null {
  const clamp = (row: number, column: number): GridPlace => ({
    row: Math.max(0, Math.min(size.rows - 1, row)),
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
      return clamp(at.row - size.page, at.column);
    case 'PageDown':
      return clamp(at.row + size.page, at.column);
    case 'Home':
      return clamp(key.ctrlKey ? 0 : at.row, 0);
    case 'End':
      return clamp(key.ctrlKey ? size.rows - 1 : at.row, size.columns - 1);
    default:
      return null;
  }
}
