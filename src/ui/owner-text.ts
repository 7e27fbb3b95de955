import { cleanText, shortenMiddle } from './text-width.ts'

/** `0x1234…abcd` of an Ethereum address; people know its ends. */
export function ownerText(owner: string): string {
  if (/^0x[0-9a-f]{40}$/i.test(owner)) return `${owner.slice(0, 6)}…${owner.slice(-4)}`
  return shortenMiddle(cleanText(owner), 12)
}
