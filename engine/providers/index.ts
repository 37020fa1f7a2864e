export { costUsd, priceOf } from './costs.ts';
export { knownModels, providerInfos } from './known-models.ts';
export { PRICE_TABLE_DATE, priceTableSha256 } from './price-table.ts';
export * from './provider.ts';
export { recordedProvider, type RecordedAnswer, type RecordedLookup } from './recorded.ts';
export { createProviders, type ProviderOptions } from './registry.ts';
export { worstCaseUsd } from './worst-case.ts';
export { type Encoder, loadEncoder } from './local/encoder.ts';
