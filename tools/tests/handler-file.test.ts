import { describe, expect, it } from 'vitest';
import { handlerName, logicalId } from '../handler-file.ts';

describe('the handler file of a function', () => {
  it.each([
    ['GetLocationsFunction', 'get-locations'],
    ['OnUploadFunction', 'on-upload'],
    ['DeleteMeFunction', 'delete-me'],
    ['Resizer2Function', 'resizer2'],
  ])('of %s is %s, and back', (id, name) => {
    expect(handlerName(id)).toBe(name);
    expect(logicalId(name)).toBe(id);
  });

  it.each(['getLocationsFunction', 'Function', 'GetLocations', 'Get-LocationsFunction'])('refuses %s', (id) => {
    expect(() => handlerName(id)).toThrow(`${id}: a function's logical id is PascalCase and ends in "Function"`);
  });

  it('leaves a logical id as it is', () => {
    expect(logicalId('OnUploadFunction')).toBe('OnUploadFunction');
  });
});
