import { describe, expect, it } from 'vitest'
import { chooseMarkets } from '../../../src/sim/market/choose-markets.ts'

const SYMBOLS = ['ETH', 'BTC', 'SOL']
const choose = (markets: readonly string[], paths: readonly string[] = []) =>
  Object.fromEntries(
    [...chooseMarkets({ markets, paths }, SYMBOLS)].map(([symbol, choice]) => [
      symbol,
      choice.kind === 'file' ? choice.file : choice.name,
    ]),
  )

describe('the choice of markets', () => {
  it.each([
    [[], [], { ETH: 'calm', BTC: 'calm', SOL: 'calm' }],
    [['crash'], [], { ETH: 'crash', BTC: 'crash', SOL: 'crash' }],
    [['BTC=crash'], [], { ETH: 'calm', BTC: 'crash', SOL: 'calm' }],
    [['trend', 'sol=jump'], [], { ETH: 'trend', BTC: 'trend', SOL: 'jump' }],
    [[], ['c.csv'], { ETH: 'calm', BTC: 'c.csv', SOL: 'calm' }],
    [['crash'], ['c.csv', 'ETH=e.csv'], { ETH: 'e.csv', BTC: 'c.csv', SOL: 'crash' }],
    [[], ['./a=b.csv'], { ETH: 'calm', BTC: './a=b.csv', SOL: 'calm' }],
  ])('--market %j --path %j', (markets, paths, expected) => {
    expect(choose(markets, paths)).toEqual(expected)
  })

  it.each([
    [['DOGE=crash'], [], 'market_unknown', 'ETH, BTC, SOL'],
    [[], ['DOGE=c.csv'], 'market_unknown', 'ETH, BTC, SOL'],
    [['panic'], [], 'scenario_unknown', 'calm, trend, jump, crash'],
    [['BTC='], [], 'scenario_unknown', 'calm'],
    [['BTC=crash'], ['c.csv'], 'market_chosen_twice', 'one --path'],
    [[], ['c.csv', 'BTC=d.csv'], 'market_chosen_twice', 'one --path'],
    [['calm', 'crash'], [], 'market_chosen_twice', 'one --market'],
    [['ETH=calm', 'eth=crash'], [], 'market_chosen_twice', 'one --market'],
  ])('--market %j --path %j is refused with what is possible', (markets, paths, code, hint) => {
    let thrown: unknown
    try {
      choose(markets, paths)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ kind: 'usage', code, exit: 2 })
    expect(thrown).toHaveProperty('hint', expect.stringContaining(hint))
  })
})
