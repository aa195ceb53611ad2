/** Records that a run gives as they are asked for. */
export async function allOf<T>(records: AsyncIterable<T> | undefined): Promise<T[]> {
  const all: T[] = [];
  if (records !== undefined) for await (const record of records) all.push(record);
  return all;
}
