/** The sandbox's workflows: each plays one interaction through its nodes, driven by its variables. */
import type { JsonObject } from '../protocol/history.ts';
import {
  AGENTS,
  ENTRY_POINTS,
  INTENTS,
  isOpen,
  LANGUAGES,
  loadAt,
  maskedPhone,
  NODES,
  TIERS,
} from './model.ts';
import type { Random, Weighted } from './random.ts';
import type { Trace } from './trace.ts';

/** What a workflow knows about the world around one interaction. */
export interface Scene {
  /** Milliseconds since the epoch: since when priority routing is slow. */
  readonly incident: number;
  /** This interaction hangs at priority routing and is still there now. */
  readonly stuck: boolean;
}

export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly channel: string;
  readonly begin: (random: Random, startMillis: number) => JsonObject;
  readonly play: (trace: Trace, scene: Scene) => void;
}

function tierOf(trace: Trace): string {
  const { customer } = trace.variables;
  if (typeof customer !== 'object' || customer === null || Array.isArray(customer)) return 'standard';
  const { tier } = customer as JsonObject;
  return typeof tier === 'string' ? tier : 'standard';
}

function done(trace: Trace, seconds = 0.2): void {
  trace.visit(NODES.end, seconds, { outcome: 'ended' });
}

function baseVariables(random: Random): JsonObject {
  return {
    language: random.weighted(LANGUAGES),
    phone: maskedPhone(random),
    queue: 'none',
    priority: 'none',
  };
}

/** Finds the customer; slow now and then, and sometimes the system behind it does not answer. */
function lookUpCustomer(trace: Trace): boolean {
  const { random } = trace;
  const overlap = random.chance(0.01) ? 900 : 0;
  if (random.chance(0.018)) {
    trace.visit(NODES.crmLookup, 8 + random.next() * 2, {
      outcome: 'timeout',
      error: true,
      set: { lastError: 'CRM-504' },
      overlap,
    });
    if (random.chance(0.35)) return false;
  }
  trace.visit(NODES.crmLookup, Math.min(7.5, random.logNormal(0.9 + loadAt(trace.clock), 0.6)), {
    outcome: 'found',
    set: {
      customer: { id: `C-${random.integer(100_000, 999_999)}`, tier: random.weighted(TIERS) },
      balance: random.chance(0.35) ? Math.round(random.logNormal(140, 0.9) * 100) / 100 : 0,
    },
    overlap,
  });
  return true;
}

/** Up to three attempts; outcome of the check follows from `authResult` and `authAttempts`. */
function authenticate(trace: Trace): boolean {
  const { random } = trace;
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const match = random.chance(attempt === 1 ? 0.86 : 0.7);
    trace.visit(NODES.authenticate, Math.min(28, random.logNormal(9, 0.45)), {
      outcome: match ? 'match' : 'mismatch',
      error: !match,
      set: { authAttempts: attempt, authResult: match ? 'match' : 'mismatch' },
    });
    const outcome = match ? 'verified' : attempt < 3 ? 'retry' : 'rejected';
    trace.visit(NODES.identityCheck, 0.05 + random.next() * 0.2, { outcome });
    if (match) return true;
  }
  return false;
}

/** Which class an interaction gets: by tier, by what is owed, by what it is about. */
function classOf(trace: Trace): 'express' | 'standard' | 'bulk' {
  const tier = tierOf(trace);
  if (tier === 'platinum' || tier === 'gold' || trace.text('intent') === 'cancel') return 'express';
  if (trace.number('balance') > 250) return 'express';
  return trace.text('intent') === 'other' ? 'bulk' : 'standard';
}

/**
 * The known bottleneck: ordinary at quiet hours, slow in the rush hours, and slower at all hours since the
 * incident. Returns false when the interaction never left it.
 */
function routeByPriority(trace: Trace, scene: Scene): boolean {
  const { random } = trace;
  if (scene.stuck) {
    trace.visit(NODES.priorityRouting, 0, { outcome: '', stuck: true });
    return false;
  }
  const slow = trace.clock >= scene.incident;
  const seconds = Math.min(45, random.logNormal((slow ? 8.6 : 3.6) * (1 + 0.5 * loadAt(trace.clock)), 0.52));
  const failed = seconds > 24 || random.chance(0.006);
  const priority = failed ? 'standard' : random.chance(0.03) ? 'standard' : classOf(trace);
  trace.visit(NODES.priorityRouting, seconds, {
    outcome: failed ? 'fallback' : priority,
    error: failed,
    set: failed ? { priority, lastError: 'ROUTING-TIMEOUT' } : { priority },
  });
  if (random.chance(0.015)) trace.drift({ priority: priority === 'express' ? 'standard' : 'express' });
  return true;
}

const SKILL_BY_INTENT: Readonly<Record<string, string>> = {
  billing: 'billing',
  technical: 'tech-support',
  sales: 'sales',
  cancel: 'retention',
};

/** Chooses the queue from the intent, and for some languages a desk of its own. */
function routeBySkill(trace: Trace): void {
  const { random } = trace;
  const missing = random.chance(0.012);
  const desk = SKILL_BY_INTENT[trace.text('intent')] ?? 'general';
  const language = trace.text('language');
  const queue = missing ? 'general' : language === 'en' ? desk : `${desk}-${language}`;
  const load = loadAt(trace.clock);
  const express = trace.text('priority') === 'express';
  const estimate = Math.round(random.logNormal((express ? 18 : 45) * (1 + 4 * load), 0.6));
  // Now and then it looks through all sites: a second, far smaller bottleneck.
  const seconds = random.chance(0.003) ? 16 + 8 * random.next() : Math.min(13, random.logNormal(0.7, 0.7));
  trace.visit(NODES.skillRouting, seconds, {
    outcome: missing ? 'no-skill' : desk,
    error: missing,
    set: { queue, estimatedWait: estimate },
  });
}

type QueueResult = 'answered' | 'abandoned' | 'callback';

/** Waits for an agent; a long estimate first brings the offer of a callback. */
function waitForAgent(trace: Trace): QueueResult {
  const { random } = trace;
  const estimate = trace.number('estimatedWait');
  if (trace.channel === 'voice' && estimate > 120) {
    const accepts = random.chance(estimate > 240 ? 0.75 : 0.18);
    trace.visit(NODES.callbackOffer, Math.min(12, random.logNormal(5, 0.4)), {
      outcome: accepts ? 'accepted' : 'declined',
      set: { callbackWanted: accepts },
    });
    if (accepts) return 'callback';
  }
  const wait = Math.max(1, estimate * (0.6 + 0.7 * random.next()));
  const patience = random.logNormal(420, 0.7);
  const abandoned = patience < wait;
  trace.visit(NODES.queueWait, Math.min(wait, patience), {
    outcome: abandoned ? 'abandoned' : 'answered',
    set: { waited: Math.round(Math.min(wait, patience)) },
  });
  return abandoned ? 'abandoned' : 'answered';
}

/** An agent's conversation, with consultations and transfers to another queue. */
function talk(trace: Trace, medianSeconds: number): void {
  const { random } = trace;
  const place = trace.channel === 'chat' ? NODES.agentChat : NODES.agentTalk;
  for (let hop = 0; ; hop += 1) {
    const moves = hop < 3 && random.chance(trace.text('queue').startsWith('general') ? 0.3 : 0.09);
    trace.visit(place, Math.min(2700, random.logNormal(medianSeconds, 0.6)), {
      outcome: moves ? 'transferred' : 'resolved',
      set: { agent: random.pick(AGENTS), resolved: !moves },
    });
    if (!moves) break;
    const lost = random.chance(0.05);
    const target = lost ? 'general' : random.pick(['billing', 'tech-support', 'retention', 'sales']);
    trace.visit(NODES.transfer, 1 + random.next() * 4, {
      outcome: lost ? 'failed' : 'done',
      error: lost,
      set: { queue: target, transfers: hop + 1, estimatedWait: random.integer(10, 90) },
    });
    if (waitForAgent(trace) !== 'answered') return;
  }
  if (random.chance(0.04)) {
    trace.visit(NODES.consult, random.logNormal(70, 0.5), {
      outcome: 'advised',
      overlap: random.chance(0.4) ? random.integer(2_000, 15_000) : 0,
    });
  }
  trace.visit(NODES.wrapUp, random.logNormal(35, 0.5), {
    outcome: 'noted',
    set: { disposition: random.pick(['solved', 'follow-up', 'information', 'complaint']) },
  });
  if (random.chance(0.22)) {
    const score = random.weighted<number>([
      [5, 40],
      [4, 30],
      [3, 14],
      [2, 8],
      [1, 8],
    ]);
    trace.visit(NODES.survey, random.logNormal(18, 0.4), { outcome: 'rated', set: { score } });
  }
}

/** Books a callback and, some hours later, dials: at most three times. */
function callBack(trace: Trace, medianHours: number): void {
  const { random } = trace;
  trace.visit(NODES.callbackSchedule, 2 + random.next() * 5, {
    outcome: 'booked',
    set: { callbackAt: new Date(trace.clock + 3_600_000).toISOString().slice(0, 13) },
  });
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    trace.pause(Math.min(6, random.logNormal(medianHours, 0.5)) * 3600);
    const reached = random.chance(0.68);
    trace.visit(NODES.callbackDial, 12 + random.next() * 16, {
      outcome: reached ? 'reached' : 'no-answer',
      error: !reached && attempt === 3,
      set: { dialAttempts: attempt },
    });
    if (reached) {
      talk(trace, 230);
      break;
    }
  }
}

function serve(trace: Trace, scene: Scene, talkSeconds: number): void {
  if (!routeByPriority(trace, scene)) return;
  routeBySkill(trace);
  const result = waitForAgent(trace);
  if (result === 'answered') talk(trace, talkSeconds);
  if (result === 'callback') callBack(trace, 1.2);
  done(trace);
}

/** Menu with reprompts; the choice depends on the number that was dialled. Returns false when nobody chose. */
function chooseInMenu(trace: Trace, intents: Readonly<Record<string, number>>): boolean {
  const { random } = trace;
  const choices: [Weighted<string>, ...Weighted<string>[]] = [['other', 0]];
  for (const intent of INTENTS) choices.push([intent, intents[intent] ?? 0]);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    if (random.chance(0.07)) {
      trace.visit(NODES.mainMenu, 10, { outcome: 'no-input', error: true, set: { menuAttempts: attempt } });
      continue;
    }
    const intent = random.weighted(choices);
    trace.visit(NODES.mainMenu, Math.min(14, Math.max(1.5, random.logNormal(6, 0.35))), {
      outcome: intent,
      set: { intent, menuAttempts: attempt },
    });
    return true;
  }
  return false;
}

/** Outside business hours only urgent matters go on. Returns whether the interaction goes on. */
function checkHours(trace: Trace): boolean {
  const hour = new Date(trace.clock).getUTCHours();
  const open = isOpen(hour);
  trace.visit(NODES.businessHours, 0.03 + trace.random.next() * 0.1, { outcome: open ? 'open' : 'closed' });
  if (open) return true;
  trace.visit(NODES.closedNotice, 9 + trace.random.next() * 3, { outcome: 'played' });
  return trace.random.chance(0.75);
}

const voice: Workflow = {
  id: 'wf-voice',
  name: 'Inbound voice',
  channel: 'voice',
  begin: (random, start) => {
    const entry = random.weighted(ENTRY_POINTS);
    return { ...baseVariables(random), entryPoint: entry.name, hour: new Date(start).getUTCHours() };
  },
  play: (trace, scene) => {
    trace.visit(NODES.welcome, 4 + trace.random.next() * 2, { outcome: 'played' });
    const found = lookUpCustomer(trace);
    const entry = ENTRY_POINTS.find(([point]) => point.name === trace.text('entryPoint')) ?? ENTRY_POINTS[0];
    if (!chooseInMenu(trace, entry[0].intents) || !checkHours(trace)) return done(trace);
    const intent = trace.text('intent');
    if (found && (intent === 'billing' || intent === 'cancel') && !authenticate(trace)) {
      trace.drift({ intent: 'other' });
    }
    serve(trace, scene, 240);
  },
};

const chat: Workflow = {
  id: 'wf-chat',
  name: 'Billing chat',
  channel: 'chat',
  begin: (random) => ({
    ...baseVariables(random),
    entryPoint: random.pick(['website', 'app', 'messenger']),
  }),
  play: (trace, scene) => {
    const { random } = trace;
    trace.visit(NODES.chatGreeting, 0.5 + random.next(), { outcome: 'sent' });
    const confidence = Math.round((0.35 + 0.65 * Math.sqrt(random.next())) * 100) / 100;
    trace.drift({ confidence });
    const recognised = confidence >= 0.6;
    trace.visit(NODES.botIntent, Math.min(12, random.logNormal(1.4, 0.5)), {
      outcome: recognised ? 'recognised' : 'unclear',
      set: { intent: recognised ? 'billing' : 'other' },
    });
    if (!recognised || !lookUpCustomer(trace)) return serve(trace, scene, 320);
    trace.visit(NODES.balanceLookup, Math.min(9, random.logNormal(0.6, 0.8)), { outcome: 'read' });
    const owed = trace.number('balance');
    const overdue = owed > 80;
    trace.visit(NODES.paymentCheck, 0.04 + random.next() * 0.1, { outcome: overdue ? 'overdue' : 'clear' });
    if (overdue && random.chance(0.6)) {
      const paid = random.chance(0.7);
      trace.visit(NODES.paymentLink, random.logNormal(75, 0.6), {
        outcome: paid ? 'paid' : 'unpaid',
        set: { cardLast4: String(random.integer(0, 9999)).padStart(4, '0'), balance: paid ? 0 : owed },
      });
      if (paid) return done(trace);
    } else if (!overdue) {
      trace.visit(NODES.botAnswer, random.logNormal(12, 0.5), { outcome: 'answered' });
      if (random.chance(0.62)) return done(trace);
    }
    serve(trace, scene, 320);
  },
};

const support: Workflow = {
  id: 'wf-tech',
  name: 'Technical support',
  channel: 'voice',
  begin: (random) => ({ ...baseVariables(random), entryPoint: 'support-line', intent: 'technical' }),
  play: (trace, scene) => {
    const { random } = trace;
    trace.visit(NODES.welcome, 4 + random.next() * 2, { outcome: 'played' });
    if (!lookUpCustomer(trace)) return serve(trace, scene, 380);
    for (let round = 0; round < 2; round += 1) {
      const failed = random.chance(0.04);
      const signal = -Math.round(random.logNormal(58, 0.18));
      trace.visit(NODES.deviceTest, random.logNormal(11, 0.5), {
        outcome: failed ? 'unreachable' : 'measured',
        error: failed,
        set: failed ? { lastError: 'DEVICE-UNREACHABLE' } : { line: { signal, tests: round + 1 } },
      });
      const outcome = failed ? 'repeat' : signal < -66 ? 'line-fault' : 'line-ok';
      trace.visit(NODES.testResult, 0.1 + random.next() * 0.4, { outcome });
      if (outcome === 'line-fault' && random.chance(0.8)) {
        trace.visit(NODES.ticket, 1 + random.next() * 2, {
          outcome: 'created',
          set: { ticket: `T-${random.integer(10_000, 99_999)}` },
        });
        return done(trace);
      }
      if (outcome !== 'repeat') break;
    }
    serve(trace, scene, 380);
  },
};

const callback: Workflow = {
  id: 'wf-callback',
  name: 'Callback',
  channel: 'voice',
  begin: (random) => ({
    ...baseVariables(random),
    entryPoint: 'web-form',
    intent: random.pick(['billing', 'sales', 'other']),
  }),
  play: (trace, scene) => {
    lookUpCustomer(trace);
    if (!routeByPriority(trace, scene)) return;
    routeBySkill(trace);
    callBack(trace, trace.text('priority') === 'express' ? 0.3 : 1);
    done(trace);
  },
};

const cancellation: Workflow = {
  id: 'wf-cancel',
  name: 'Cancellations',
  channel: 'voice',
  begin: (random) => ({ ...baseVariables(random), entryPoint: 'service-line', intent: 'cancel' }),
  play: (trace, scene) => {
    const { random } = trace;
    trace.visit(NODES.welcome, 4 + random.next() * 2, { outcome: 'played' });
    if (!lookUpCustomer(trace) || !authenticate(trace)) return serve(trace, scene, 300);
    const tier = tierOf(trace);
    const eligible = tier !== 'standard' && trace.number('balance') < 150;
    trace.visit(NODES.offerCheck, 0.2 + random.next() * 0.8, {
      outcome: eligible ? 'eligible' : 'not-eligible',
      set: { offer: eligible ? random.pick(['discount-10', 'discount-20', 'free-month']) : 'none' },
    });
    serve(trace, scene, 300);
  },
};

export const WORKFLOWS: readonly [Weighted<Workflow>, ...Weighted<Workflow>[]] = [
  [voice, 45],
  [chat, 22],
  [support, 15],
  [callback, 9],
  [cancellation, 9],
];
