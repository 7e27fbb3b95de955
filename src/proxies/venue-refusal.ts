/**
 * What a refused request or WebSocket tells of who refused it: the venue, or the firewall before it. Pure.
 * @module
 */

/** The code of the venue's JSON refusals; undefined for HTML and other answers of things in between. */
export function venueCodeIn(body: string): number | undefined {
  if (!body.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null || !('code' in value)) return undefined
    return typeof value.code === 'number' ? value.code : undefined
  } catch {
    return undefined
  }
}

/** The firewall answers without a code of the venue (PROTOCOL.md section 9). */
export function isFirewall(status: number, venueCode: number | undefined): boolean {
  return (status === 403 || status === 405) && venueCode === undefined
}
