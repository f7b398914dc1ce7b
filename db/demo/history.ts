// What went before and what is under way between the trusts: nothing here is a fact any decision of the demonstration rests on, and all of
// it is what the pages of agreements, restrictions and the passport's readers have to show.
import { dayMs, hourMs } from '@homeward/shared/kernel/interval.ts';
import { addDays } from '@homeward/shared/kernel/local-time.ts';
import type { Accounts, Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Places } from './places.ts';
import { at, days, type Clock, type Row } from './rows.ts';
import type { Workers } from './workers.ts';

export function historyOf(
  { now, today }: Clock,
  { places, offices, workers, accounts }: { places: Places; offices: Offices; workers: Workers; accounts: Accounts },
) {
  const chance = new Chance('history');
  const [first, second, third] = places.members;
  if (first === undefined || second === undefined || third === undefined) throw new Error('The demonstration needs three trusts.');
  const office = (trust: string) => offices.officerOf('bank-office', trust);

  // Proposed by one side, and waiting for the other: staff groups that the two don't share yet.
  const waiting = [
    { home: third, host: first, staffGroup: 'therapies', daysAgo: 2 },
    { home: second, host: third, staffGroup: 'psychology', daysAgo: 5 },
  ];
  const sharingAgreement = waiting.map(({ home, host, staffGroup, daysAgo }): Row<'sharingAgreement'> => {
    const proposedAt = now - daysAgo * dayMs - 3 * hourMs;
    return {
      id: chance.id(proposedAt),
      homeTrust: home,
      hostTrust: host,
      staffGroup,
      days: days(addDays(today, 14), addDays(today, 379)),
      recordedAt: at(proposedAt),
      proposedBy: home,
      homeSignedAt: at(proposedAt),
      homeSignedBy: office(home).name,
      hostSignedAt: null,
      hostSignedBy: null,
    };
  });

  // Of those asked not to come back: one has asked why and waits, one was told it stays. And one of long ago was lifted.
  const restrictionChallenge: Row<'restrictionChallenge'>[] = [];
  const challenge = (restrictionId: string, daysAgo: number, words: string, answer: Partial<Row<'restrictionChallenge'>> = {}) => {
    const askedAt = now - daysAgo * dayMs - 5 * hourMs;
    restrictionChallenge.push({
      id: chance.id(askedAt),
      restrictionId,
      at: at(askedAt),
      words,
      answeredAt: null,
      answeredBy: null,
      answeredByName: null,
      outcome: null,
      answer: null,
      ...answer,
    });
  };
  const answered = (trust: string, daysAgo: number, outcome: 'kept' | 'lifted', answer: string) => {
    const { accountId, name } = office(trust);
    return { answeredAt: at(now - daysAgo * dayMs), answeredBy: accountId, answeredByName: name, outcome, answer };
  };
  const trustOf = (wardId: string) => places.wards.find((ward) => ward.id === wardId)!.trust;
  const [open, kept] = workers.rows.restriction;
  if (open) challenge(open.id, 2, 'I stayed until the night nurse came and signed the book at 21:40. Please look at it again.');
  if (kept) {
    challenge(
      kept.id,
      4,
      'Nobody told me what I am said to have done.',
      answered(trustOf(kept.wardId), 3, 'kept', 'The matron will ring you this week to go through it. Until then it stays.'),
    );
  }
  const restriction: Row<'restriction'>[] = [];
  const settled = workers.list.find(
    (worker) => worker.trust === second && worker.role === 'hcsw' && worker.gap === null && worker.ward === null,
  );
  const acute = places.wards.find((ward) => ward.trust === first && ward.bedType === '200');
  if (settled && acute) {
    const recordedAt = now - 90 * dayMs;
    const id = chance.id(recordedAt);
    const { accountId, name } = office(acute.trust);
    const lifted = 'The rota shows another person of the same name';
    restriction.push({
      id,
      workerId: settled.id,
      wardId: acute.id,
      fromDay: addDays(today, -90),
      untilDay: null,
      reason: 'Did not arrive for two nights',
      reviewer: 'Matron for the service',
      recordedAt: at(recordedAt),
      recordedBy: accountId,
      recordedByName: name,
      liftedAt: at(now - 80 * dayMs),
      liftedByName: name,
      liftedReason: lifted,
    });
    challenge(id, 84, 'I wasn’t booked on either night.', answered(acute.trust, 80, 'lifted', lifted));
  }

  // Who opened whose record in the last weeks: their own bank office, and a ward that had them.
  const passportRead = workers.list
    .filter((_, index) => index % 11 === 0)
    .flatMap((worker): Row<'passportRead'>[] => {
      const readAt = now - chance.whole(20, 900) * hourMs;
      const own = office(worker.trust);
      const reads = [{ accountId: own.accountId, readerName: own.name, readerTrust: worker.trust, at: readAt, what: 'passport' }];
      const host = chance.pick([...accounts.wardManagerByTrust.keys()]);
      if (worker.revision.consentsToShare && chance.happens(0.6)) {
        const { accountId, name } = offices.officerOf('ward-manager', host);
        reads.push({ accountId, readerName: name, readerTrust: host, at: readAt + 7 * hourMs, what: 'booking' });
      }
      return reads.map((read) => ({ ...read, id: chance.id(read.at), workerId: worker.id, at: at(read.at) }));
    });

  return { rows: { sharingAgreement, restriction, restrictionChallenge, passportRead } };
}
