/** How wide a drawing may be in a tile: its room without the padding. */
export function inside(tile) {
  const style = getComputedStyle(tile);
  return Math.floor(tile.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
}
