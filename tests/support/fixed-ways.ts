import { HedgebotError } from '../../src/errors.ts'
import type { Transport, Ways } from '../../src/ports.ts'

/** Ways that are their transports and never move. */
export function fixedWays(transports: ReadonlyMap<string, Transport>): Ways {
  return {
    spare: (home) => [...transports.keys()].filter((name) => name !== home),
    way({ home }) {
      const transport = transports.get(home)
      if (transport === undefined) {
        throw new HedgebotError('config', `no way "${home}"`, { code: 'egress_unknown' })
      }
      return {
        egress: transport.egress,
        request: (request) => transport.request(request),
        connect: (handlers) => transport.connect(handlers),
        onMove: () => () => undefined,
        mustLeave: () => false,
        close: () => undefined,
      }
    },
  }
}
