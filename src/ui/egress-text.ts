/** The egress of a leg; an arrow says that it is not its own. */
export function egressText(leg: { readonly egress: string; readonly homeEgress: string }): string {
  return leg.egress === leg.homeEgress ? leg.egress : `→${leg.egress}`
}
