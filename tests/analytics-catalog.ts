import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Column, JobCatalog } from '../local/src/job-view.ts';
import { at, items } from './template/json.ts';
import { parseTemplate } from './template/sam-template.ts';

const path = 'services/analytics/template.yaml';
const { body } = parseTemplate(path, readFileSync(join(import.meta.dirname, '..', path), 'utf8'));

/** A table of the template's catalog, as its TableInput. */
export const tableInput = (logicalId: string): unknown => at(body, `Resources.${logicalId}.Properties.TableInput`);

export const columnsIn = (columns: unknown): Column[] =>
  items(columns).map((column) => ({ name: String(at(column, 'Name')), type: String(at(column, 'Type')) }));

/** The text that CloudFormation makes of the view's ViewOriginalText. */
function viewText(): string {
  const [separator, parts] = items(at(tableInput('JobEventsView'), 'ViewOriginalText.Fn::Join'));
  const texts = items(parts).map((part) => {
    const inner = at(part, 'Fn::Base64.Fn::Sub');
    if (inner === undefined) return String(part);
    return Buffer.from(String(inner).replaceAll(`\${Database}`, 'happy_path_dev')).toString('base64');
  });
  return texts.join(String(separator));
}

/** What the template puts into the Glue catalog. */
export const templateCatalog: JobCatalog = {
  deliveries: {
    columns: columnsIn(at(tableInput('DeliveryTable'), 'StorageDescriptor.Columns')),
    partitions: columnsIn(at(tableInput('DeliveryTable'), 'PartitionKeys')),
  },
  viewText: viewText(),
};
