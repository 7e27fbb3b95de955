/** Clients that other people wrote, in the versions that were looked at; nothing of them is changed. */

export interface ForeignClient {
  /** As on the command line. */
  readonly name: string
  /** `name@version` on npm, all of them public. */
  readonly packages: readonly string[]
  /** Its scenario file beside this one. */
  readonly scenario: string
  /** Written in TypeScript without a build: the child runs with a loader. */
  readonly isTypeScript: boolean
  /** What is set besides URLs, keys and chain id, for the reader of the table. */
  readonly note: string
}

const RESERVOIR = '@reservoir0x/lighter-ts-sdk@1.0.7-alpha18'
const VIEM = 'viem@2.57.20'

export const FOREIGN_CLIENTS: readonly ForeignClient[] = [
  {
    name: 'reservoir0x-sdk',
    packages: [RESERVOIR],
    scenario: 'reservoir0x-sdk.mjs',
    isTypeScript: false,
    note: "the exchange's Go signer as WASM",
  },
  {
    name: 'reservoir0x-rules',
    packages: [RESERVOIR],
    scenario: 'reservoir0x-rules.mjs',
    isTypeScript: false,
    note: 'the same client on rarer ground: stops that fire, groups, isolated margin',
  },
  {
    name: 'owner-keys',
    packages: [RESERVOIR, VIEM],
    scenario: 'owner-keys.mjs',
    isTypeScript: false,
    note: "keys registered with the owner's Ethereum key, by ethers inside the SDK and by viem",
  },
  {
    name: 'owner-transfers',
    packages: [RESERVOIR, VIEM],
    scenario: 'owner-transfers.mjs',
    isTypeScript: false,
    note: "money sent to another owner with the sender's Ethereum key",
  },
  {
    name: 'lighter-ts-sdk',
    packages: ['lighter-ts-sdk@1.1.0-beta.1'],
    scenario: 'lighter-ts-sdk.mjs',
    isTypeScript: false,
    note: "another author's SDK, another and older build of the Go signer",
  },
  {
    name: 'ccxt',
    // The signing library that ccxt asks the user for is not on npm; the SDK's build of it is adapted.
    packages: ['ccxt@4.5.84', RESERVOIR],
    scenario: 'ccxt.mjs',
    isTypeScript: false,
    note: 'REST and sockets by ccxt.pro; Go signer of the SDK through its libraryPath option',
  },
  {
    name: 'zklighter-perps',
    packages: ['zklighter-perps@1.0.272', RESERVOIR],
    scenario: 'zklighter-perps.mjs',
    isTypeScript: true,
    note: "the exchange's own front-end client: reads and their types; Go signer of the SDK",
  },
]
