import type { ConfigPoint } from './config-point.ts'
import { renderPath } from './yaml-tree.ts'
import type { TreePath, YamlTree } from './yaml-tree.ts'

/** One finding before its place is looked up. */
interface Finding {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  /** Points at the key instead of its value. */
  readonly target?: 'key' | 'value'
}

/** Collects findings and gives each its place in the file. */
export interface Findings {
  error(path: TreePath, finding: Finding): void
  warn(path: TreePath, finding: Finding): void
  readonly points: readonly ConfigPoint[]
}

/** Starts a collection for one file, with what the YAML reader found. */
export function createFindings(file: string, tree: YamlTree): Findings {
  const points: ConfigPoint[] = tree.findings.map((finding) => ({
    level: 'error',
    code: finding.code,
    file,
    line: finding.line,
    column: finding.column,
    path: renderPath(finding.path),
    message: finding.message,
    hint: finding.hint,
  }))
  const add = (level: ConfigPoint['level'], path: TreePath, finding: Finding): void => {
    const { line, column } = tree.locate(path, finding.target ?? 'value')
    const { code, message, hint } = finding
    points.push({ level, code, file, line, column, path: renderPath(path), message, hint })
  }
  return {
    error: (path, finding) => add('error', path, finding),
    warn: (path, finding) => add('warning', path, finding),
    points,
  }
}
