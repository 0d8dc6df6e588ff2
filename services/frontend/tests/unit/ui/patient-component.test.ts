import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { patientComponent } from '../../../src/ui/patient-component.ts';

afterEach(() => vi.useRealTimers());

test('code that a bad network has lost is asked for again, later and later', async () => {
  vi.useFakeTimers();
  const load = vi
    .fn<() => Promise<{ default: ReturnType<typeof defineComponent> }>>()
    .mockRejectedValueOnce(new TypeError('Failed to fetch'))
    .mockRejectedValueOnce(new TypeError('Failed to fetch'))
    .mockResolvedValue({ default: defineComponent(() => () => h('p', 'here')) });
  const Patient = patientComponent(load);
  const page = mount(() => h('main', [h(Patient)]));
  await flushPromises();
  expect(load).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(load).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1999);
  expect(load).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1);
  await flushPromises();
  expect(page.text()).toBe('here');
});
