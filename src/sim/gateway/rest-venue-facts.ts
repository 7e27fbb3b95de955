import { LLP_ACCOUNT_INDEX } from '../core/core-model.ts'
import { announcementJson } from './announcements.ts'
import { WITHDRAWAL_DELAY_SECONDS } from './money-json.ts'
import { integerParam } from './request-params.ts'
import type { RestRoutes } from './rest-route.ts'
import type { WireObject } from './wire-json.ts'

/** USDC on Ethereum (PROTOCOL.md section 2.1, `assetDetails`). */
const USDC_ADDRESS = '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48'

/** The only asset of a venue without spot markets (PROTOCOL.md section 2.1, `assetDetails`). */
const USDC: WireObject & { readonly asset_id: number } = {
  asset_id: 3,
  symbol: 'USDC',
  l1_decimals: 6,
  decimals: 6,
  min_transfer_amount: '1.000000',
  min_withdrawal_amount: '1.000000',
  margin_mode: 'enabled',
  index_price: '1.000000',
  price_decimals: 6,
  l1_address: USDC_ADDRESS,
  loan_to_value: '1.0000',
  liquidation_threshold: '1.0000',
  liquidation_factor: '1.0000',
  liquidation_fee: '0.000000',
  global_supply_cap: '0.000000',
  user_supply_cap: '0.000000',
  total_supplied: '0.000000',
  multiplier: '1.000000000000000000',
}

/** Asset 0 does not exist on the venue: it stands for "all". */
const ALL_ASSETS = 0

/**
 * What the venue tells about itself (PROTOCOL.md section 2.1). Nothing of Ethereum exists here: no providers, no
 * validators, no blocks, and the contract is the made-up one of `/info`, never the real one.
 */
export const VENUE_FACT_ROUTES: RestRoutes = {
  '/api/v1/assetDetails': {
    method: 'GET',
    handle({ params }) {
      const wanted = integerParam(params, 'asset_id', { fallback: ALL_ASSETS })
      const isShown = wanted === ALL_ASSETS || wanted === USDC.asset_id
      return { asset_details: isShown ? [USDC] : [] }
    },
  },
  '/api/v1/announcement': {
    method: 'GET',
    handle: ({ parts: { announcements, clock } }) => ({
      announcements: announcements.current(clock.now()).map(announcementJson),
    }),
  },
  '/api/v1/systemConfig': {
    method: 'GET',
    handle: () => ({
      liquidity_pool_index: LLP_ACCOUNT_INDEX,
      // Accounts of the real venue that do not exist here; the numbers are the real ones.
      staking_pool_index: 281_474_976_624_800,
      funding_fee_rebate_account_index: 713_888,
      market_maker_incentive_account_index: 723_106,
      liquidity_pool_cooldown_period: 300_000,
      staking_pool_lockup_period: 259_200_000,
      max_integrator_spot_taker_fee: 10_000,
      max_integrator_spot_maker_fee: 10_000,
      max_integrator_perps_taker_fee: 1_000,
      max_integrator_perps_maker_fee: 1_000,
    }),
  },
  '/api/v1/withdrawalDelay': {
    method: 'GET',
    isBare: true,
    handle: () => ({ seconds: WITHDRAWAL_DELAY_SECONDS }),
  },
  '/api/v1/layer1BasicInfo': {
    method: 'GET',
    handle: ({ parts: { contractAddress } }) => ({
      l1_providers: [],
      l1_providers_health: false,
      validator_info: [],
      contract_addresses: [
        { name: 'ZkLighterContract', address: contractAddress },
        { name: 'USDCContract', address: USDC_ADDRESS },
      ],
      latest_l1_generic_block: 0,
      latest_l1_governance_block: 0,
      latest_l1_desert_block: 0,
    }),
  },
}
