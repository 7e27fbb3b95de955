import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Some tests take twelve seconds of a processor: a slow or busy machine has to be slow, not to fail.
    testTimeout: 90_000,
    // Two workers: the machine that must finish in five minutes has two cores.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/lighter/signer/kernel/**'],
    },
  },
})
