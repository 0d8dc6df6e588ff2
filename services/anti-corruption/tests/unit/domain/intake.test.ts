import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { releaseJob } from '../../../src/domain/intake.ts';
import { SourceLog, type SourceRecord } from '../../source-log.ts';
import { World } from '../in-memory-world.ts';

const jobIds = [1, 2, 3, 4] as const;
type JobId = (typeof jobIds)[number];

const steps = ['write', 'writePaid', 'view', 'pay', 'payTwice', 'repay', 'delete'] as const;
const history = fc.array(fc.tuple(fc.constantFrom(...jobIds), fc.constantFrom(...steps)), {
  minLength: 1,
  maxLength: 24,
});

/**
 * What a database does when it is asked for these things; what is not possible it does not do.
 *
 * @param found the jobs, each with a salary, that are there when the log begins
 */
function recorded(wishes: readonly (readonly [JobId, (typeof steps)[number]])[], found: readonly JobId[] = []) {
  const log = new SourceLog();
  const jobs = new Map<JobId, { isPaid: boolean }>();
  const keys: JobId[] = [];
  for (const id of found) {
    log.snapshot((t) => {
      t.insertJob({ id });
      t.insertSalary({ id: id + 20_000, job_id: id });
    });
    jobs.set(id, { isPaid: true });
    keys.push(id, id);
  }
  for (const [nth, [id, step]] of wishes.entries()) {
    const job = jobs.get(id);
    const salary = { id: id + 20_000, job_id: id, amount: `${30_000 + nth}.00` };
    log.transaction((t) => {
      const pay = () => (jobs.get(id)?.isPaid ? t.updateSalary(salary) : t.insertSalary(salary));
      if (step === 'write' || step === 'writePaid') {
        if (job !== undefined) return;
        t.insertJob({ id });
        jobs.set(id, { isPaid: false });
        if (step === 'write') return;
      } else if (job === undefined) return;
      if (step === 'view') return t.updateJob({ id, views: nth });
      if (step === 'delete') {
        if (job?.isPaid) t.deleteSalary(salary);
        t.deleteJob({ id });
        return void jobs.delete(id);
      }
      pay();
      jobs.set(id, { isPaid: true });
      if (step === 'payTwice') t.updateSalary({ ...salary, amount: `${60_000 + nth}.50` });
      return undefined;
    });
    while (keys.length < log.records.length) keys.push(id);
  }
  return log.records.map((record, n) => ({ key: keys[n] as JobId, record }));
}

type Keyed = ReturnType<typeof recorded>;

/** The same records, those of one job in their order, and else in any. */
function interleaved(records: Keyed, picks: readonly JobId[]): SourceRecord[] {
  const lists = Map.groupBy(records, ({ key }) => key);
  const picked = picks.flatMap((key) => lists.get(key)?.splice(0, 1) ?? []);
  return [...picked, ...[...lists.values()].flat()].map(({ record }) => record);
}

/** What every way of coming in has to come to. */
async function expected(records: Keyed) {
  const world = new World();
  await world.takeIn(records.map(({ record }) => record));
  await world.releaseAll();
  return new Map(jobIds.map((id) => [id, world.seenOf(String(id))]));
}

const seen = (world: World) => new Map(jobIds.map((id) => [id, world.seenOf(String(id))]));

const picking = fc.array(fc.constantFrom(...jobIds));

interface Weather {
  /** Records per invocation. */
  readonly sizes: readonly number[];
  /** For each call of a port: whether it fails, or the process dies in it. */
  readonly calls: readonly ('ok' | 'fails' | 'dies')[];
  /** After each invocation: how many records before the next one are sent again. */
  readonly rewinds: readonly number[];
}

const weather = fc.record<Weather>({
  sizes: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 }),
  calls: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant('ok' as const) },
      { weight: 2, arbitrary: fc.constant('fails' as const) },
      { weight: 1, arbitrary: fc.constant('dies' as const) },
    ),
    { maxLength: 80 },
  ),
  rewinds: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }),
});

/** Delivers as Kinesis does: from the lowest record that failed on, all of it once more. */
async function deliver(
  world: World,
  records: readonly SourceRecord[],
  { sizes, calls, rewinds }: Weather,
  between?: () => Promise<void>,
) {
  const [size, call, rewind] = [sizes.values(), calls.values(), rewinds.values()];
  let isDead = false;
  world.fault = (port) => {
    const now = isDead ? 'dies' : call.next().value;
    isDead ||= now === 'dies';
    if (now !== undefined && now !== 'ok') throw new Error(`${port} ${now}`);
  };
  for (let position = 0; position < records.length; ) {
    const batch = records.slice(position, position + (size.next().value ?? 100));
    const { failures } = await world.takeIn(batch);
    if (isDead) isDead = false;
    else if (failures.length > 0) position += Math.min(...failures.map(({ id }) => Number(id)));
    else {
      position = Math.max(0, position + batch.length - (rewind.next().value ?? 0));
      await between?.();
    }
  }
  world.fault = () => undefined;
  await world.releaseAll();
}

describe('whatever becomes of deliveries', () => {
  it('each job makes the same events in the same order, and each id means one event', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.subarray([...jobIds]),
        picking,
        weather,
        async (wishes, found, picks, conditions) => {
          const records = recorded(wishes, found);
          const world = new World();
          await deliver(world, interleaved(records, picks), conditions);
          expect(seen(world)).toEqual(await expected(records));
          expect(world.givenUp).toEqual([]);
          expect(world.aside).toEqual([]);
          expectOneMeaningPerId(world);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('a hold that ends too early loses no salary: it follows in an event of its own', async () => {
    await fc.assert(
      fc.asyncProperty(history, weather, async (wishes, conditions) => {
        const records = recorded(wishes);
        const world = new World();
        const ends = conditions.rewinds.values();
        const between = async () => {
          if ((ends.next().value ?? 1) % 2 === 0) await world.releaseAll();
        };
        await deliver(
          world,
          records.map(({ record }) => record),
          conditions,
          between,
        );
        const clean = await expected(records);
        for (const [id, bodies] of seen(world)) expect(gist(bodies)).toEqual(gist(clean.get(id) ?? []));
        expectOneMeaningPerId(world);
      }),
      { numRuns: 300 },
    );
  });

  it('a job has no two events of one sequence, and none that falls back, in whatever order its records come', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.subarray([...jobIds]), fc.infiniteStream(fc.nat()), async (wishes, found, picks) => {
        const left = recorded(wishes, found).map(({ record }) => record);
        const world = new World();
        while (left.length > 0) {
          await world.takeIn(left.splice((picks.next().value ?? 0) % left.length, 1));
          if ((picks.next().value ?? 0) % 3 === 0) await world.lookAgain();
          if ((picks.next().value ?? 0) % 3 === 0) await world.releaseAll();
        }
        await world.lookAgain();
        await world.releaseAll();
        expectOneMeaningPerId(world);
      }),
      { numRuns: 300 },
    );
  });

  it('a hold that ends while the salary comes in tells it one way or the other, never half', async () => {
    const { records } = new SourceLog().transaction((t) => {
      t.insertJob({ id: 1 });
      t.insertSalary({ id: 20_001, job_id: 1 });
    });
    const ways = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = new World();
        await world.takeIn(records.slice(0, 1));
        const [release] = world.releases;
        for (const name of ['recall', 'save', 'publish', 'tickOff'] as const)
          Object.assign(world.ports, {
            [name]: scheduler.scheduleFunction(world.ports[name] as () => Promise<unknown>),
          });
        const both = [world.takeIn(records.slice(1)), releaseJob('1', release?.eventId ?? '', world.ports)];
        await scheduler.waitFor(Promise.all(both));
        const events = world.seenOf('1').map((body) => JSON.parse(body));
        const told = events.map(({ type, data }) => `${type} ${data.salary?.amount ?? '-'}`).join(', ');
        expect(['JobCreated 48000.00', 'JobCreated -, JobSalaryUpdated 48000.00']).toContain(told);
        ways.add(told);
        expectOneMeaningPerId(world);
        expect(world.table.get('1')?.memory.unpublished).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(ways.size).toBe(2);
  });
});

/** Two bodies under one id, or two events of one sequence, and whoever drops repetitions would drop news. */
function expectOneMeaningPerId({ deliveries }: World): void {
  const bodies = Map.groupBy(deliveries, ({ event }) => event.id);
  for (const repeated of bodies.values()) expect(new Set(repeated.map(({ event }) => event.body)).size).toBe(1);
  for (const job of Map.groupBy(deliveries, ({ jobId }) => jobId).values()) {
    const events = [...new Set(job.map(({ event }) => event.body))];
    const sequences = events.map((body) => JSON.parse(body).sequence as string);
    expect(sequences).toEqual([...new Set(sequences)].toSorted());
  }
}

/** What remains of a job's events: its lives, and the salary at the end of each. */
function gist(bodies: readonly string[]) {
  const lives: { created: string; salary?: string; isDeleted?: boolean }[] = [];
  for (const { id, type, data } of bodies.map((body) => JSON.parse(body))) {
    if (type === 'JobCreated') lives.push({ created: id, salary: data.salary?.amount });
    const life = lives.at(-1);
    if (life && type === 'JobSalaryUpdated') life.salary = data.salary.amount;
    if (life && type === 'JobDeleted') life.isDeleted = true;
  }
  return lives;
}

describe('a record that nobody can read', () => {
  const { records } = new SourceLog()
    .transaction((t) => {
      t.insertJob({ id: 1 });
      t.insertSalary({ id: 20_001, job_id: 1, amount: 'Lr5g' });
    })
    .transaction((t) => t.insertJob({ id: 2 }))
    .transaction((t) => t.updateSalary({ id: 20_001, job_id: 1, amount: '50000.00' }));

  it('is laid aside as it came, with the reason, and the others go on, also of the same job', async () => {
    const world = new World();
    const tally = await world.takeIn(records);
    await world.releaseAll();
    expect(tally).toMatchObject({ received: 4, unreadable: 1, failures: [] });
    expect(world.givenUp).toEqual([
      { raw: records[1], error: expect.objectContaining({ message: expect.stringContaining('amount') }) },
    ]);
    expect(world.deliveries.map(({ event }) => event.type)).toEqual(['JobCreated', 'JobSalaryUpdated', 'JobCreated']);
  });

  it('fails when it cannot be laid aside, and nothing else does', async () => {
    const world = new World();
    world.ports.giveUp = () => Promise.reject(new Error('the queue is gone'));
    const { failures, unreadable } = await world.takeIn(records);
    expect(failures.map(({ id }) => id)).toEqual(['1']);
    expect(unreadable).toBe(0);
  });
});

describe('what is laid aside', () => {
  const { records } = new SourceLog()
    .transaction((t) => t.insertSalary({ id: 20_001, job_id: 1, amount: 'Lr5g' }))
    .transaction((t) => t.insertSalary({ id: 20_002, job_id: 2 }))
    .transaction((t) => {
      t.insertJob({ id: 3 });
      t.insertSalary({ id: 20_003, job_id: 3 });
    })
    .transaction((t) => t.insertSalary({ id: 20_004, job_id: 4, amount: 'Lr5g' }))
    .transaction((t) => t.insertSalary({ id: 20_005, job_id: 5 }));

  it('is so once, however often what came before it fails', async () => {
    const world = new World();
    world.fault = (called) => {
      if (called === 'publish') throw new Error('no');
    };
    const first = await world.takeIn(records);
    expect(first).toMatchObject({ early: 1, unreadable: 1, failures: [{ id: '2' }, { id: '3' }] });
    await world.takeIn(records.slice(2));
    world.fault = () => undefined;
    expect(await world.takeIn(records.slice(2))).toMatchObject({ early: 1, unreadable: 1, failures: [] });
    expect(world.givenUp.map(({ raw }) => raw)).toEqual([records[0], records[4]]);
    expect(world.aside).toEqual([records[1], records[5]]);
  });

  it('waits for what came before it to be laid aside', async () => {
    const world = new World();
    world.ports.setAside = () => Promise.reject(new Error('the queue is gone'));
    expect((await world.takeIn(records)).failures.map(({ id }) => id)).toEqual(['1']);
    expect(world.givenUp.map(({ raw }) => raw)).toEqual([records[0]]);
    expect(world.seenOf('3')).toHaveLength(1);
  });
});

describe('a salary that comes before its job', () => {
  const { records } = new SourceLog()
    .transaction((t) => t.insertJob({ id: 1 }))
    .transaction((t) => t.insertSalary({ id: 20_001, job_id: 1 }))
    .transaction((t) => t.updateSalary({ id: 20_001, job_id: 1, amount: '50000.00' }));

  it('waits beside the stream, and is told when the job has come', async () => {
    const world = new World();
    expect(await world.takeIn(records.slice(1, 2))).toMatchObject({ early: 1, failures: [] });
    await world.takeIn(records.slice(0, 1));
    expect(await world.lookAgain()).toMatchObject({ early: 0, failures: [] });
    expect(world.deliveries.map(({ event }) => event.type)).toEqual(['JobCreated', 'JobSalaryUpdated']);
  });

  it('is old news when a later one has come meanwhile', async () => {
    const world = new World();
    await world.takeIn(records.slice(1, 2));
    await world.takeIn([...records.slice(0, 1), ...records.slice(2)]);
    expect(await world.lookAgain()).toMatchObject({ repeated: 1 });
    expect(world.seenOf('1').map((body) => JSON.parse(body).data.salary?.amount)).toEqual([undefined, '50000.00']);
  });
});

describe('a failure', () => {
  const { records } = new SourceLog()
    .transaction((t) => t.insertJob({ id: 1 }))
    .transaction((t) => t.insertJob({ id: 2 }))
    .transaction((t) => t.insertSalary({ id: 20_001, job_id: 1 }))
    .transaction((t) => t.insertSalary({ id: 20_002, job_id: 2 }));

  it.each(['save', 'publish', 'tickOff', 'scheduleRelease'] as const)(
    'of %s fails the records of its job only',
    async (port) => {
      const world = new World();
      const untilHeld = port === 'scheduleRelease' ? records.slice(0, 2) : records;
      world.fault = (called, jobId) => {
        if (called === port && jobId === '2') throw new Error('no');
      };
      const { failures } = await world.takeIn(untilHeld);
      expect(new Set(failures.map(({ jobId }) => jobId))).toEqual(new Set(['2']));
      world.fault = () => undefined;
      expect((await world.takeIn(records)).failures).toEqual([]);
      expect(world.seenOf('2')).toHaveLength(2);
    },
  );

  it('to recall fails all records', async () => {
    const world = new World();
    world.ports.recall = () => Promise.reject(new Error('throttled'));
    expect((await world.takeIn(records)).failures).toHaveLength(4);
  });

  it('to publish leaves the events for whoever comes next with the job', async () => {
    const world = new World();
    world.fault = (called) => {
      if (called === 'publish') throw new Error('no');
    };
    await world.takeIn(records);
    expect(world.deliveries).toEqual([]);
    world.fault = () => undefined;
    const { published } = await world.takeIn(records.slice(0, 2));
    expect(published).toEqual(
      new Map([
        ['JobCreated', 2],
        ['JobSalaryUpdated', 2],
      ]),
    );
  });

  it('of others who keep changing a job ends after some attempts', async () => {
    const world = new World();
    world.ports.save = async () => undefined;
    const { failures } = await world.takeIn(records.slice(0, 1));
    expect(failures).toEqual([
      {
        id: '0',
        jobId: '1',
        error: expect.objectContaining({ message: expect.stringContaining('changed by others') }),
      },
    ]);
  });
});
