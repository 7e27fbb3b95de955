import { expect, it } from 'vitest'
import { egressText } from '../../src/ui/egress-text.ts'
import { hedgesDocument } from '../../src/ui/json-documents.ts'
import { sampleHedge, sampleLeg } from './sample-hedges.ts'

it('says with an arrow that an account does not use its own egress', () => {
  expect(egressText({ egress: 'proxy_1', homeEgress: 'proxy_1' })).toBe('proxy_1')
  expect(egressText({ egress: 'proxy_2', homeEgress: 'proxy_1' })).toBe('→proxy_2')
})

it('gives scripts both', () => {
  const moved = sampleLeg({ egress: 'proxy_2', homeEgress: 'proxy_1' })
  const context = { command: 'status', atMs: 0, network: 'sim', exit: 0 } as const
  const document = hedgesDocument(context, [sampleHedge({ legs: [moved, sampleLeg()] })])
  expect(JSON.parse(JSON.stringify(document))).toMatchObject({
    hedges: [
      {
        legs: [
          { egress: 'proxy_2', home_egress: 'proxy_1' },
          { egress: 'proxy_1', home_egress: 'proxy_1' },
        ],
      },
    ],
  })
})
