/** Values that programs stumble over. */
import type { Draw } from './draw.ts'

const NASTY_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\u0000\u0001\u001b[2J',
  '\uFEFF',
  '\u202Eevil',
  '\uD800',
  '💥'.repeat(9),
  'ﬀ İ ı ß',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'NaN',
  'Infinity',
  '-Infinity',
  '-0',
  '0x10',
  '0b1',
  '1e999',
  '1e-999',
  '1_000',
  '1,000',
  '٣',
  '.5',
  '5.',
  '+1',
  '--1',
  '1e5',
  '9007199254740993',
  '18446744073709551616',
  '-1',
  '0',
  '1',
  'null',
  'undefined',
  'true',
  'false',
  '[object Object]',
  '{}',
  '[]',
  '"',
  "'",
  '`',
  '\\',
  '%s%n%x',
  '%00',
  '%',
  '../../etc/passwd',
  '/dev/zero',
  '<script>alert(1)</script>',
  '<html><body>502</body></html>',
  '\r\n\r\n',
  'a\nb',
  'a\tb',
  '$(id)',
  '${x}',
  "'; DROP TABLE orders; --",
]

/** A text that is seldom one; now and then a long one. */
export function junkText(draw: Draw): string {
  const kind = draw.int(0, 20)
  if (kind === 0)
    return draw.pick(['9', '0', 'a', '-', ' ', '[', '\u0000', '漢']).repeat(draw.int(1, 3_000))
  if (kind === 1) return Buffer.from(draw.bytes(draw.int(0, 40))).toString('latin1')
  if (kind === 2) return Buffer.from(draw.bytes(draw.int(0, 40))).toString('utf8')
  if (kind === 3) return String(draw.int(-5, 70_000))
  if (kind === 4) return `${draw.int(-5, 5)}.${'3'.repeat(draw.int(0, 90))}`
  return draw.pick(NASTY_TEXTS)
}

/** A long text, for lists and messages that must be bounded. */
export function hugeText(draw: Draw, characters: number): string {
  const piece = draw.chance(0.5) ? draw.pick(['x', '9', '-', '"', '\\', ' ', '\n']) : junkText(draw)
  return (piece === '' ? 'x' : piece)
    .repeat(Math.ceil(characters / Math.max(1, piece.length)))
    .slice(0, characters)
}
