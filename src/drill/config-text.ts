import { isYamlNumber } from '../config/yaml-number.ts'

/** A tree as YAML text: JSON, with every number as it was written. */
export function configText(value: unknown): string {
  if (isYamlNumber(value)) return value.source
  if (Array.isArray(value)) return `[${value.map(configText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}: ${configText(member)}`)
  return `{${members.join(', ')}}`
}
