/** The order book: every third order was shipped, order numbers above 900 are unknown. */
export default function order({ id }: { id: number }): { id: number; state: 'open' | 'shipped' } {
  if (id > 900) throw new Error(`there is no order ${id}`);
  return { id, state: id % 3 === 0 ? 'shipped' : 'open' };
}
