import { Chalk } from 'chalk'
import type { ChalkInstance } from 'chalk'

/** What a renderer needs to know about the place where its text will stand. */
export interface RenderStyle {
  readonly chalk: ChalkInstance
  /** No line is wider; counted in terminal cells. */
  readonly columns: number
}

/** Narrower than this no table can be read; renderers take it as the least width. */
const LEAST_COLUMNS = 40

/** A style with or without colour; the sixteen basic colours only, so that the terminal's theme decides. */
export function createRenderStyle(options: {
  readonly columns: number
  readonly hasColor: boolean
}): RenderStyle {
  return {
    chalk: new Chalk({ level: options.hasColor ? 1 : 0 }),
    columns: Math.max(LEAST_COLUMNS, options.columns),
  }
}
