/**
 * A second opinion on our JSON: answers against the API document that a client ships with itself (Swagger 2.0).
 * @module
 */

/** What breaks the document in an answer of `path`, as sentences; undefined when it does not describe the path. */
export function schemaProblems(document, path, answer) {
  const operations = document.paths[path]
  const operation = operations?.get ?? operations?.post
  const schema = operation?.responses['200']?.schema
  if (schema === undefined) return undefined
  return problemsOf(document, schema, { value: answer, at: path })
}

function problemsOf(document, schema, { value, at }) {
  const { $ref } = schema
  if ($ref !== undefined) {
    const named = document.definitions[$ref.replace('#/definitions/', '')]
    return problemsOf(document, named, { value, at })
  }
  if (schema.type === 'array') return listProblems(document, schema, { value, at })
  if (schema.type === 'object') return objectProblems(document, schema, { value, at })
  return isOf(schema.type, value) ? [] : [`${at} is ${JSON.stringify(value)}, not ${schema.type}`]
}

function listProblems(document, { items }, { value, at }) {
  if (!Array.isArray(value)) return [`${at} is no list`]
  return value.flatMap((item) => problemsOf(document, items, { value: item, at: `${at}[]` }))
}

function objectProblems(document, { properties = {}, required = [] }, { value, at }) {
  if (typeof value !== 'object' || value === null) return [`${at} is no object`]
  const missing = required.filter((key) => !(key in value)).map((key) => `${at}.${key} is missing`)
  const wrong = Object.entries(properties)
    .filter(([key]) => key in value)
    .flatMap(([key, schema]) =>
      problemsOf(document, schema, { value: value[key], at: `${at}.${key}` }),
    )
  return [...missing, ...wrong]
}

function isOf(type, value) {
  if (type === 'integer') return Number.isInteger(value)
  return type === undefined || typeof value === type
}
