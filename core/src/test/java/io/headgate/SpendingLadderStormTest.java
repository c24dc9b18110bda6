package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.DegradationPolicy.Rung;
import io.headgate.ParkPolicy.Action;
import io.headgate.admission.AgentGate;
import io.headgate.admission.SpendingAccount;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Calls that spend on the rungs of ladders, from many threads, under limits that move: what was
 * spent is, to the nano-dollar, what the attempts themselves add up to; nothing stays reserved; and
 * only a provider that reports more than was held goes over a limit.
 */
@Timeout(60)
final class SpendingLadderStormTest {
  private static final int THREADS = 4;
  private static final int SUBMISSIONS = 12_000;
  private static final int SUBMISSIONS_OF_JOB = 300;
  private static final int OPEN_AT_ONCE = 24;
  private static final int AGENTS = 4;
  private static final int SHARED = 2;
  private static final long ALL_TOKENS = 900_000_000;
  private static final long ALL_MONEY = 300_000_000_000L;
  private static final Price PRICE = Price.perMillionTokens(3, 15);
  private static final By BY = new By("kim", "storm");
  private static final DegradationPolicy LADDER =
      DegradationPolicy.of(
              Rung.of("large", 100).maxInFlight(4),
              Rung.of("small", 20).maxInFlight(4),
              Rung.ofStatic("sorry"))
          .latencyBudget(Duration.ofMillis(20))
          .window(10, Duration.ofSeconds(1))
          .probing(Duration.ofMillis(2), Duration.ofMillis(8), 3);

  /** What attempts used, and by how much that was more than they held. */
  private static final class Used {
    private final LongAdder tokens = new LongAdder();
    private final LongAdder money = new LongAdder();
    private final LongAdder tokensBeyond = new LongAdder();
    private final LongAdder moneyBeyond = new LongAdder();
  }

  /** A job, what its calls used, and what it may spend. */
  private static final class Payer {
    final Job job;
    final Used used = new Used();
    long tokenBudget;
    long moneyBudget;

    Payer(Job job) {
      this.job = job;
      tokenBudget = job.settings().tokenBudget();
      moneyBudget = job.settings().moneyBudgetNanos();
    }
  }

  private final Headgate headgate =
      Headgate.builder()
          .settings(
              HeadgateSettings.DEFAULT
                  .maxInFlight(10)
                  .maxWaiting(128)
                  .maxParked(16)
                  .tokensPerMinute(1_000_000_000)
                  .spending(SpendingLimits.NONE.tokens(ALL_TOKENS).money(ALL_MONEY / 1e9)))
          .build();
  private final List<Agent> agents = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final List<Used> ofAgents = new ArrayList<>();
  private final List<Payer> shared = new ArrayList<>();
  private final ConcurrentLinkedQueue<Payer> payers = new ConcurrentLinkedQueue<>();
  private final Used inAll = new Used();
  private volatile boolean broken;

  private static AgentSettings settings(int agent, AgentSettings of) {
    AgentSettings limited = of.tokensPerMinute(900_000_000).burstTokens(30_000);
    return agent == AGENTS - 1
        ? limited.spending(l -> l.tokens(200_000).money(0.8))
        : limited.spending(l -> l.tokens(5_000_000).money(20).moneyPerMinute(900));
  }

  private static TargetSettings model(TargetSettings of) {
    return of.price(PRICE)
        .maxOutputTokens(300)
        .maxOverruns(1_000)
        .timeout(Duration.ofMillis(30))
        .degradation(LADDER)
        .breaker(BreakerPolicy.DEFAULT.failures(40, 20))
        .agentBreaker(BreakerPolicy.OFF)
        .estimates(EstimatePolicy.DEFAULT.minCalls(5))
        .retry(
            RetryPolicy.DEFAULT
                .backoff(Duration.ofMillis(1), Duration.ofMillis(4))
                .budget(100, 1_000));
  }

  private Payer open(JobSettings settings) {
    var payer = new Payer(headgate.job(j -> settings));
    payers.add(payer);
    return payer;
  }

  private static JobSettings settings(SplittableRandom random) {
    JobSettings settings =
        JobSettings.DEFAULT
            .tokenBudget(random.nextLong(5_000, 150_000))
            .moneyBudget(random.nextDouble(0.01, 0.8))
            .wrapUpPercent(random.nextInt(3) * 10);
    return random.nextInt(3) == 0
        ? settings.parkAtBudget(
            ParkPolicy.atBudget()
                .then(
                    random.nextBoolean() ? Action.DEGRADE : Action.REFUSE,
                    Duration.ofMillis(1 + random.nextInt(20)))
                .clockStands(random.nextBoolean()))
        : settings;
  }

  private void use(Used[] whose, Attempt attempt, long input, long inTokens, long outTokens) {
    Price price = PRICE.percent(LADDER.pricePercent(attempt.rung()));
    boolean free = LADDER.isStatic(attempt.rung());
    long tokens = free ? 0 : inTokens + outTokens;
    long money = price.costNanos(inTokens, outTokens);
    long held = free ? 0 : price.costNanos(input, attempt.maxOutputTokens());
    long heldTokens = free ? 0 : input + attempt.maxOutputTokens();
    for (Used each : whose) {
      each.tokens.add(tokens);
      each.money.add(money);
      each.tokensBeyond.add(Math.max(0, tokens - heldTokens));
      each.moneyBeyond.add(Math.max(0, money - held));
    }
  }

  private Task<Integer> task(Payer payer, SplittableRandom random, boolean reportsMore) {
    int agent = random.nextInt(AGENTS);
    long input = random.nextInt(200);
    int kind = reportsMore && random.nextInt(40) == 0 ? 8 : random.nextInt(8);
    int share = 1 + random.nextInt(100);
    boolean firm = random.nextInt(6) == 0;
    boolean slow = random.nextInt(150) == 0;
    Used[] whose = {inAll, ofAgents.get(agent), payer.used};
    Estimate estimate =
        switch (random.nextInt(3)) {
          case 0 -> Estimate.ofInput(input);
          case 1 -> Estimate.of(input, 250).atLeast(10);
          default -> Estimate.of(input, random.nextInt(300));
        };
    Task<Integer> task =
        Task.<Integer>of(
                agents.get(agent),
                targets.get(random.nextInt(targets.size())),
                estimate,
                attempt -> call(attempt, whose, input, kind, share, firm, slow))
            .degradable(!firm)
            .idempotent(random.nextBoolean())
            .priority(Priority.values()[random.nextInt(3)]);
    if (random.nextInt(10) == 0) {
      task = task.wrapUp();
    }
    return random.nextInt(10) == 0 ? task.ttl(Duration.ofMillis(1 + random.nextInt(5))) : task;
  }

  private int call(
      Attempt attempt, Used[] whose, long input, int kind, int share, boolean firm, boolean slow)
      throws IOException {
    assertThat(firm && attempt.rung() > 0).as("degraded, and must not be").isFalse();
    int rung = attempt.rung();
    if (slow && rung == 0 && attempt.number() == 1) {
      while (!attempt.remaining().isZero() && !Thread.currentThread().isInterrupted()) {
        Thread.yield();
      }
    }
    long output = attempt.maxOutputTokens();
    boolean fails = rung == 0 && (broken || share <= 4);
    if (LADDER.isStatic(rung)) {
      if (kind % 2 == 0) {
        attempt.usage(0, 0);
      }
      return rung;
    }
    switch (kind) {
      case 0, 1, 2 -> {
        long used = output * share / 100;
        attempt.usage(input, used);
        use(whose, attempt, input, input, used);
      }
      case 3, 4 -> {
        // One by one, so that the call knows how far it was let.
        long charged = 0;
        long wanted = output + share;
        while (charged < wanted && attempt.charge(1)) {
          charged++;
        }
        if (charged == 0) {
          attempt.usage(0, 0);
        } else {
          use(whose, attempt, input, input, charged);
        }
      }
      case 5 -> {
        // Charges more than it uses in the end, and says so.
        boolean _ = attempt.charge(output + share);
        attempt.usage(input, output);
        use(whose, attempt, input, input, output);
      }
      case 8 -> {
        attempt.usage(2 * input, output + 10L * share);
        use(whose, attempt, input, 2 * input, output + 10L * share);
      }
      default -> use(whose, attempt, input, input, output);
    }
    if (fails) {
      throw new IOException("from a test");
    }
    return rung;
  }

  private boolean storm(int thread) throws Exception {
    var random = new SplittableRandom(thread);
    Deque<Admitted<Integer>> open = new ArrayDeque<>();
    boolean reportsMore = thread % 2 == 0;
    Payer own = open(settings(random));
    Job part = own.job;
    for (int i = 0; i < SUBMISSIONS; i++) {
      if (i % SUBMISSIONS_OF_JOB == 0) {
        if (part != own.job) {
          part.close();
        }
        own.job.close();
        own = open(settings(random));
        part = own.job;
        if (random.nextInt(3) == 0) {
          part = own.job.split("part-" + thread + "-" + i, j -> j.tokenBudget(800));
        }
      }
      boolean atShared = random.nextInt(4) == 0;
      Payer payer = atShared ? shared.get(random.nextInt(SHARED)) : own;
      Job job = atShared || random.nextBoolean() ? payer.job : part;
      switch (job.submit(task(payer, random, reportsMore && !atShared))) {
        case Admitted<Integer> handle -> {
          open.add(handle);
          if (random.nextInt(20) == 0) {
            boolean _ = handle.cancel();
          }
        }
        case Refused<Integer> _ -> Thread.yield();
      }
      while (open.size() > OPEN_AT_ONCE) {
        check(open.remove().join());
      }
    }
    part.close();
    own.job.close();
    for (Admitted<Integer> handle : open) {
      check(handle.join());
    }
    return true;
  }

  private static void check(Outcome<Integer> outcome) {
    if (outcome instanceof Outcome.Completed<Integer>(Integer answer, int rung)) {
      assertThat(rung).as("the rung that answered").isEqualTo(answer);
    }
  }

  // Limits, budgets and agents that change, and a model that breaks, until all is submitted.
  private void meddle(List<Future<?>> submitters) {
    var random = new SplittableRandom(99);
    while (!submitters.stream().allMatch(Future::isDone)) {
      int agent = random.nextInt(AGENTS - 1);
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 ->
            agents
                .get(agent)
                .reconfigure(
                    a ->
                        a.spending(
                            l ->
                                l.tokens(random.nextLong(1, 9_000_000))
                                    .money(random.nextDouble(0.001, 40))
                                    .moneyPerMinute(random.nextDouble(0.001, 900))));
        case 4, 5, 6, 7 -> raise(shared.get(random.nextInt(SHARED)), random);
        case 8 -> {
          agents.get(agent).remove();
          assertThat(headgate.agent("agent-" + agent, a -> settings(agent, a)))
              .isSameAs(agents.get(agent));
        }
        case 9, 10, 11, 12 -> broken = random.nextInt(12) == 0;
        case 13 -> {
          int most = 1 + random.nextInt(10);
          targets.get(0).reconfigure(t -> t.maxInFlight(most));
        }
        default -> assertThat(headgate.snapshot().moneyReservedNanos()).isNotNegative();
      }
      Thread.yield();
    }
  }

  // The only one who changes budgets, so what was done last is what holds.
  private void raise(Payer payer, SplittableRandom random) {
    long tokens = random.nextLong(1, payer.tokenBudget + 20_000);
    if (headgate.operator().tokenBudget(payer.job.id(), tokens, BY)
        instanceof OperatorAnswer.Done) {
      payer.tokenBudget = tokens;
    }
    long micros = random.nextLong(1, payer.moneyBudget / 1_000 + 40_000);
    if (headgate.operator().moneyBudget(payer.job.id(), micros / 1e6, BY)
        instanceof OperatorAnswer.Done) {
      payer.moneyBudget = micros * 1_000;
    }
  }

  private void assertSpent() {
    Snapshot snapshot = headgate.snapshot();
    assertThat(snapshot.tokensReserved()).isZero();
    assertThat(snapshot.moneyReservedNanos()).isZero();
    assertThat(snapshot.tokensSpent()).isEqualTo(inAll.tokens.sum());
    assertThat(snapshot.moneySpentNanos()).isEqualTo(inAll.money.sum());
    Map<String, Snapshot.Party> byId = new HashMap<>();
    snapshot.agents().forEach(each -> byId.put(each.id(), each));
    for (int i = 0; i < AGENTS; i++) {
      Snapshot.Party party = byId.get("agent-" + i);
      Used used = ofAgents.get(i);
      SpendingAccount account = ((AgentGate) agents.get(i)).spending();
      assertThat(party.tokensReserved()).isZero();
      assertThat(party.moneyReservedNanos()).isZero();
      assertThat(party.tokensSpent()).as(party.id()).isEqualTo(used.tokens.sum());
      assertThat(party.moneySpentNanos()).as(party.id()).isEqualTo(used.money.sum());
      assertThat(account.tokens()).as("%s at its gate", party.id()).isEqualTo(used.tokens.sum());
      assertThat(account.moneyNanos()).as("%s at its gate", party.id()).isEqualTo(used.money.sum());
    }
    Used last = ofAgents.getLast();
    SpendingLimits hard = agents.getLast().settings().spending();
    assertThat(last.tokens.sum()).isLessThanOrEqualTo(hard.tokens() + last.tokensBeyond.sum());
    assertThat(last.money.sum()).isLessThanOrEqualTo(hard.moneyNanos() + last.moneyBeyond.sum());
    for (Payer payer : payers) {
      Spending spending = payer.job.spending();
      Used used = payer.used;
      assertThat(spending.tokensReserved()).isZero();
      assertThat(spending.moneyReservedNanos()).isZero();
      assertThat(spending.tokensSpent()).isEqualTo(used.tokens.sum());
      assertThat(spending.moneySpentNanos()).isEqualTo(used.money.sum());
      assertThat(used.tokens.sum())
          .as("tokens of %s", payer.job)
          .isLessThanOrEqualTo(payer.tokenBudget + used.tokensBeyond.sum());
      assertThat(used.money.sum())
          .as("nano-dollars of %s", payer.job)
          .isLessThanOrEqualTo(payer.moneyBudget + used.moneyBeyond.sum());
    }
  }

  // What all may spend is seen from outside alone: all that is left is let in, and no more.
  private void assertLeftInAll() throws InterruptedException {
    Agent other = headgate.agent("other");
    Target free = headgate.target("free");
    // A thousand nano-dollars a token.
    Target paid = headgate.target("paid", t -> t.price(1, 1));
    long tokens = ALL_TOKENS - inAll.tokens.sum();
    long micros = (ALL_MONEY - inAll.money.sum()) / 1_000;
    try (Job job = headgate.job(j -> j)) {
      assertThat(left(job, other, free, tokens + 1)).isEqualTo(Refusal.GLOBAL_TOKEN_LIMIT);
      assertThat(left(job, other, paid, micros + 1)).isEqualTo(Refusal.GLOBAL_MONEY_LIMIT);
      assertThat(left(job, other, paid, micros)).isNull();
      assertThat(left(job, other, free, tokens)).isNull();
    }
  }

  private static Refusal left(Job job, Agent agent, Target target, long tokens)
      throws InterruptedException {
    Task<String> task =
        Task.of(
            agent,
            target,
            Estimate.of(tokens, 0),
            attempt -> {
              attempt.usage(0, 0);
              return "";
            });
    return switch (job.submit(task)) {
      case Admitted<String> handle -> {
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
        yield null;
      }
      case Refused<String> refused -> refused.reason();
    };
  }

  @Test
  void whatWasSpentIsWhatTheAttemptsAddUpTo() throws Exception {
    for (int i = 0; i < AGENTS; i++) {
      int agent = i;
      agents.add(headgate.agent("agent-" + i, a -> settings(agent, a)));
      ofAgents.add(new Used());
    }
    targets.add(headgate.target("model-0", SpendingLadderStormTest::model));
    targets.add(
        headgate.target(
            "model-1", t -> model(t).hedge(HedgePolicy.DEFAULT.minDelay(Duration.ofMillis(1)))));
    for (int i = 0; i < SHARED; i++) {
      boolean parks = i == 0;
      shared.add(
          open(
              JobSettings.DEFAULT
                  .tokenBudget(50_000)
                  .moneyBudget(0.1)
                  .wrapUpPercent(10)
                  .parkAtBudget(
                      parks
                          ? ParkPolicy.atBudget().then(Action.DEGRADE, Duration.ofMillis(30))
                          : ParkPolicy.OFF)));
    }
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> submitters = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        submitters.add(threads.submit(() -> storm(thread)));
      }
      meddle(submitters);
      for (Future<?> each : submitters) {
        boolean _ = (boolean) each.get();
      }
    }
    shared.forEach(payer -> payer.job.close());
    Until.conserved(headgate);
    assertSpent();
    assertLeftInAll();
    for (int rung = 0; rung < LADDER.size(); rung++) {
      int at = rung;
      assertThat(headgate.snapshot().targets())
          .as("answers of rung %s", at)
          .anyMatch(
              target -> target.id().startsWith("model") && target.ladder().get(at).answers() > 0);
    }
    assertThat(inAll.tokensBeyond.sum()).as("reported beyond what was held").isPositive();
    assertThat(headgate.operator().parked()).isEmpty();
    headgate.close();
    assertThat(headgate.audit()).isEqualTo(new Audit(true, List.of()));
    assertThat(headgate.counters().asMap()).containsEntry("ownErrors", 0L);
  }
}
