/** Base64 without padding, as the PHC string format has it. */
export function toPhcBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** Reads what PHC strings, Django (padded) and Passlib (`.` for `+`) write. */
export function fromAnyBase64(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64');
}

/** Powers of two from `2^lowest` up that add up to about `units`, the greatest first: how often to run what only doubles. */
export function powersOfTwo(units: number, lowest: number): number[] {
  const rest = Math.round(units / 2 ** lowest);
  const powers: number[] = [];
  for (let bit = Math.floor(Math.log2(Math.max(rest, 1))); bit >= 0; bit--) {
    if (Math.floor(rest / 2 ** bit) % 2 === 1) powers.push(lowest + bit);
  }
  return powers;
}
