package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.Priority;
import io.headgate.QueuePolicy;
import io.headgate.Spending;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.EngineHarness.FakeJob;
import io.headgate.engine.EngineHarness.FakeTask;
import io.headgate.engine.EngineOracle.J;
import io.headgate.engine.EngineOracle.Party;
import io.headgate.engine.EngineOracle.T;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random inputs against the engine: after each one, what an independent count says must hold. Then
 * the same inputs again, with the clock looked at in other ways, must give the same effects.
 */
@Timeout(600)
class EnginePropertyTest {
  private static final long TICK = 10_000_000;
  private static final HeadgateSettings SETTINGS =
      HeadgateSettings.DEFAULT
          .maxInFlight(6)
          .maxWaiting(24)
          .maxSuspended(2)
          .maxAgents(4)
          .maxTargets(3)
          .maxJobs(12);

  @Test
  void whatMustAlwaysHoldHolds() {
    run(0, 60, 2_000);
  }

  @Test
  @Tag("slow")
  void andForManyMoreSeeds() {
    run(1_000, 1_400, 6_000);
  }

  /** The generator reaches what it is there to check. */
  @Test
  void theRandomInputsReachTheCorners() {
    StringBuilder log = new StringBuilder();
    for (int seed = 0; seed < 10; seed++) {
      Generator generator = new Generator(seed);
      generator.run(1_500);
      log.append(generator.world.log);
    }
    for (Ending ending : Ending.values()) {
      // Nothing is parked here, and no queue stands for so long.
      if (ending != Ending.CANCELLED_DECLINED
          && ending != Ending.CANCELLED_BUDGET
          && ending != Ending.EXPIRED_TOO_LATE) {
        assertThat(log).contains(ending.name());
      }
    }
    assertThat(log).contains("resume", "stop", "shut", "open", "begun", "overrun");
  }

  private static void run(int from, int to, int steps) {
    for (int seed = from; seed < to; seed++) {
      Generator generator = new Generator(seed);
      String phase = "the oracle";
      try {
        generator.run(steps);
        World first = generator.world;
        for (Pacing pacing : Pacing.values()) {
          phase = pacing.name();
          World again = new World(null);
          Random random = new Random(seed);
          for (Input input : generator.inputs) {
            pacing.advance(again.engine, input.stamp, random);
            again.now = input.stamp;
            input.apply.accept(again);
          }
          assertSame(first, again);
        }
      } catch (Throwable t) {
        throw new AssertionError(
            String.format(
                "seed %d, %s, input %d of %d at %d: %s",
                seed,
                phase,
                generator.inputs.size(),
                steps,
                generator.world.now,
                String.valueOf(t.getMessage()).lines().findFirst().orElse(t.toString())),
            t);
      }
    }
  }

  private static void assertSame(World first, World again) {
    for (int i = 0; i < Math.min(first.log.size(), again.log.size()); i++) {
      EngineOracle.check(
          first.log.get(i).equals(again.log.get(i)),
          "effect %d is [%s], and was [%s]",
          i,
          again.log.get(i),
          first.log.get(i));
    }
    EngineOracle.check(first.log.size() == again.log.size(), "there are more or fewer effects");
    EngineOracle.check(first.engine.digest() == again.engine.digest(), "the digest differs");
  }

  /** How often the engine is told the time between two inputs. */
  private enum Pacing {
    /** Never: each input brings its stamp. */
    WITH_THE_INPUT {
      @Override
      void advance(Engine engine, long stamp, Random random) {}
    },
    IN_ONE_STEP {
      @Override
      void advance(Engine engine, long stamp, Random random) {
        engine.advance(stamp);
      }
    },
    IN_A_THOUSAND_STEPS {
      @Override
      void advance(Engine engine, long stamp, Random random) {
        long from = engine.nowNs();
        for (int i = 1; i <= 1_000 && from < stamp; i++) {
          engine.advance(from + (stamp - from) * i / 1_000);
        }
      }
    },
    /** As it comes: around the timers, too late, twice. */
    AT_RANDOM {
      @Override
      void advance(Engine engine, long stamp, Random random) {
        for (int i = random.nextInt(4); i > 0; i--) {
          long around = engine.nextTimerNs() + random.nextInt(3) - 1;
          long at = random.nextBoolean() ? around : engine.nowNs() - random.nextInt(100);
          engine.advance(Math.min(stamp, at));
        }
      }
    };

    abstract void advance(Engine engine, long stamp, Random random);
  }

  private record Input(long stamp, Consumer<World> apply) {}

  /** An engine, who and what it knows by number, and its effects. */
  private static final class World extends EffectLog {
    final Engine engine = new Engine(SETTINGS, EngineHarness.SEED, this);
    final @Nullable EngineOracle oracle;
    final List<AgentGate> agents = new ArrayList<>();
    final List<TargetGate> targets = new ArrayList<>();
    final List<FakeJob> jobs = new ArrayList<>();
    final List<FakeTask> tasks = new ArrayList<>();
    long now;

    World(@Nullable EngineOracle oracle) {
      this.oracle = oracle;
    }

    private int numberOf(JobAccount job) {
      return jobs.lastIndexOf(job);
    }

    private T t(Reservation task) {
      return oracle.tasks.get((int) task.taskId());
    }

    @Override
    public void start(
        Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
      log.add("start " + task.taskId() + "." + attempt + " at " + nowNs + " to " + deadlineNs);
      if (oracle != null) {
        oracle.start(t(task), attempt, nowNs, deadlineNs);
      }
    }

    @Override
    public void stop(Reservation task) {
      log.add("stop " + task.taskId());
      if (oracle != null) {
        oracle.stop(t(task));
      }
    }

    @Override
    public void resume(Reservation task, int join) {
      log.add("resume " + task.taskId() + " from " + join);
      if (oracle != null) {
        oracle.resume(t(task), join);
      }
    }

    @Override
    public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      log.add("end " + task.taskId() + " " + ending + " at " + nowNs + " ran " + ranNs);
      if (oracle != null) {
        oracle.end(t(task), ending, waiting, nowNs);
      }
    }

    @Override
    public void attemptOver(Reservation task, long nowNs, long ranNs) {
      log.add("over " + task.taskId() + " at " + nowNs + " ran " + ranNs);
      if (oracle != null) {
        oracle.over(t(task));
      }
    }

    @Override
    public void jobBegun(JobAccount job) {
      log.add("begun " + numberOf(job));
      if (oracle != null) {
        oracle.begun(oracle.jobs.get(numberOf(job)));
      }
    }

    @Override
    public void jobClosed(JobAccount job) {
      log.add("closed " + numberOf(job));
      if (oracle != null) {
        oracle.closed(oracle.jobs.get(numberOf(job)));
      }
    }

    @Override
    public void jobRetired(JobAccount job, Spending spent) {
      log.add("retired " + numberOf(job) + " spent " + spent.tokensSpent());
      if (oracle != null) {
        oracle.retired(oracle.jobs.get(numberOf(job)), spent.tokensSpent());
      }
    }

    @Override
    public void breaker(
        TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
      log.add("breaker " + target.id() + " " + agent + " " + state + " " + untilNs);
    }

    @Override
    public void cutOff(
        TargetGate target,
        @Nullable AgentGate agent,
        long untilNs,
        int probes,
        boolean pause,
        int trial) {
      log.add("cut off " + target.id() + " " + agent + " " + untilNs + " " + probes);
    }

    @Override
    public void restore(TargetGate target, @Nullable AgentGate agent) {
      log.add("restored " + target.id() + " " + agent);
    }

    @Override
    public void publishStartInterval(long intervalNs) {}

    @Override
    public void publishQueued(AgentGate agent, int queuedNew) {
      log.add("queued " + agent.id() + " " + queuedNew);
    }

    @Override
    public void publishRound(TargetGate target, int priority, long roundNs) {
      log.add("round " + target.id() + " " + roundNs);
    }

    @Override
    public void publishEstimates(
        TargetGate target, int priority, long waitOfNewNs, long waitOfBegunNs, long jobNs) {
      log.add("waits " + target.id() + " " + priority + " " + waitOfNewNs + " " + waitOfBegunNs);
    }
  }

  /** Draws inputs that the runtime could bring, and writes them down. */
  private static final class Generator {
    final Random random;
    final EngineOracle oracle = new EngineOracle(SETTINGS);
    final World world = new World(oracle);
    final List<Input> inputs = new ArrayList<>();
    private final Deque<Integer> freeJobs = new ArrayDeque<>();

    Generator(int seed) {
      random = new Random(seed);
      for (int i = 0; i < SETTINGS.maxJobs(); i++) {
        freeJobs.add(i);
      }
    }

    void run(int steps) {
      for (int i = 0; i < SETTINGS.maxAgents(); i++) {
        registerAgent(i);
      }
      for (int i = 0; i < SETTINGS.maxTargets(); i++) {
        registerTarget(i);
      }
      for (int i = 0; i < steps; i++) {
        tick();
        step();
      }
      finish();
    }

    /** Time goes on by whole ticks, so that timers and inputs meet, and sometimes by a hair. */
    private void tick() {
      int draw = random.nextInt(100);
      if (draw < 60) {
        return;
      }
      long next =
          draw < 90
              ? (world.now / TICK + 1 + random.nextInt(4)) * TICK
              : draw < 95 ? world.now + 1 : world.now + random.nextLong(2_000_000_000L);
      world.now = next;
      world.engine.advance(next);
      after();
    }

    private void step() {
      int draw = random.nextInt(1_000);
      if (draw < 330) {
        submit();
      } else if (draw < 610) {
        endAttempt();
      } else if (draw < 700) {
        join();
      } else if (draw < 720) {
        abandon();
      } else if (draw < 770) {
        cancel();
      } else if (draw < 880) {
        openJob();
      } else if (draw < 900) {
        closeJob();
      } else if (draw < 940) {
        reconfigure();
      } else if (draw < 960) {
        removeOrReturn();
      } else if (draw < 980) {
        evict();
      } else {
        world.now += TICK;
        world.engine.advance(world.now);
        after();
      }
    }

    private void apply(Consumer<World> input) {
      inputs.add(new Input(world.now, input));
      input.accept(world);
      after();
    }

    private void after() {
      List<Ledger> agents = new ArrayList<>();
      for (AgentGate gate : world.agents) {
        agents.add(world.engine.ledgerOf(gate));
      }
      List<Ledger> targets = new ArrayList<>();
      for (TargetGate gate : world.targets) {
        targets.add(world.engine.ledgerOf(gate));
      }
      oracle.after(world.engine, agents, targets, world.now);
      for (J job : oracle.jobs) {
        if (job.retired && !freeJobs.contains(job.index) && isLast(job)) {
          freeJobs.addLast(job.index);
        }
      }
    }

    private boolean isLast(J job) {
      for (J other : oracle.jobs) {
        if (other.index == job.index && other.number > job.number) {
          return false;
        }
      }
      return true;
    }

    private <X> @Nullable X any(List<X> from, Predicate<X> which) {
      List<X> fitting = from.stream().filter(which).toList();
      return fitting.isEmpty() ? null : fitting.get(random.nextInt(fitting.size()));
    }

    // ---- registration

    private AgentSettings agentSettings() {
      return AgentSettings.DEFAULT
          .maxInFlight(1 + random.nextInt(4))
          .maxWaiting(1 + random.nextInt(12))
          .weight(1 + random.nextInt(5));
    }

    private TargetSettings targetSettings() {
      return TargetSettings.DEFAULT
          .queue(QueuePolicy.OFF) // of that, and of breakers, the oracle knows nothing
          .breaker(BreakerPolicy.OFF)
          .agentBreaker(BreakerPolicy.OFF)
          .maxInFlight(1 + random.nextInt(5))
          .maxOverruns(1 + random.nextInt(4))
          .timeout(Duration.ofNanos(TICK * (1 + random.nextInt(60))));
    }

    private void registerAgent(int index) {
      Party party = new Party(oracle.agents.size(), index);
      AgentSettings settings = agentSettings();
      party.agentSettings = settings;
      oracle.agents.add(party);
      apply(
          w -> {
            var gate = new AgentGate("a" + party.number, index, settings, EngineHarness.NOBODY);
            w.agents.add(gate);
            w.engine.agentRegistered(w.now, gate, settings);
          });
    }

    private void registerTarget(int index) {
      Party party = new Party(oracle.targets.size(), index);
      TargetSettings settings = targetSettings();
      party.targetSettings = settings;
      oracle.targets.add(party);
      apply(
          w -> {
            var gate = new TargetGate("t" + party.number, index, settings, EngineHarness.NOBODY);
            w.targets.add(gate);
            w.engine.targetRegistered(w.now, gate, settings);
          });
    }

    private void reconfigure() {
      if (random.nextBoolean()) {
        Party party = any(oracle.agents, p -> !p.evicted);
        AgentSettings settings = agentSettings();
        party.agentSettings = settings;
        int number = party.number;
        apply(w -> w.engine.agentReconfigured(w.now, w.agents.get(number), settings));
      } else {
        Party party = any(oracle.targets, p -> !p.evicted);
        TargetSettings settings = targetSettings();
        party.targetSettings = settings;
        int number = party.number;
        apply(
            w -> {
              w.targets.get(number).apply(settings);
              w.engine.targetReconfigured(w.now, w.targets.get(number), settings);
            });
      }
    }

    private void removeOrReturn() {
      if (random.nextBoolean()) {
        Party party = any(oracle.agents, p -> !p.evicted);
        int number = party.number;
        party.removed = !party.removed;
        AgentSettings settings = party.agentSettings;
        if (party.removed) {
          apply(w -> w.engine.agentRemoved(w.now, w.agents.get(number)));
        } else {
          apply(w -> w.engine.agentRegistered(w.now, w.agents.get(number), settings));
        }
      } else {
        Party party = any(oracle.targets, p -> !p.evicted);
        int number = party.number;
        party.removed = !party.removed;
        TargetSettings settings = party.targetSettings;
        if (party.removed) {
          apply(w -> w.engine.targetRemoved(w.now, w.targets.get(number)));
        } else {
          apply(w -> w.engine.targetRegistered(w.now, w.targets.get(number), settings));
        }
      }
    }

    private void evict() {
      Party agent = any(oracle.agents, p -> p.removed && !p.evicted && p.live == 0);
      if (agent != null) {
        agent.evicted = true;
        int number = agent.number;
        apply(w -> w.engine.agentEvicted(w.now, w.agents.get(number)));
        registerAgent(agent.index);
      }
      Party target = any(oracle.targets, p -> p.removed && !p.evicted && p.live == 0);
      if (target != null) {
        target.evicted = true;
        int number = target.number;
        apply(w -> w.engine.targetEvicted(w.now, w.targets.get(number)));
        registerTarget(target.index);
      }
    }

    // ---- jobs

    private void openJob() {
      if (freeJobs.isEmpty()) {
        return;
      }
      // A parent may have closed, and even retired, while the split was on the way.
      J parent =
          random.nextInt(3) == 0
              ? null
              : any(
                  oracle.jobs,
                  j -> (j.open || (!j.retired && random.nextInt(8) == 0)) && j.left() > 0);
      long budget =
          random.nextInt(3) == 0
              ? Long.MAX_VALUE
              : Math.min(
                  parent == null ? Long.MAX_VALUE : parent.left(), 1 + random.nextInt(20_000));
      long deadline = world.now + TICK * random.nextInt(300);
      if (parent != null) {
        deadline = Math.min(deadline, parent.deadline);
      }
      int index = freeJobs.removeFirst();
      J job = new J(oracle.jobs.size(), index, parent, deadline, budget);
      oracle.opened(job);
      int parentNumber = parent == null ? -1 : parent.number;
      apply(
          w -> {
            FakeJob above = parentNumber < 0 ? null : w.jobs.get(parentNumber);
            FakeJob account = new FakeJob(index, above, job.deadline, budget, Long.MAX_VALUE);
            w.jobs.add(account);
            w.engine.jobOpened(w.now, account);
          });
    }

    private void closeJob() {
      J job = any(oracle.jobs, j -> j.open || random.nextInt(50) == 0);
      if (job != null) {
        int number = job.number;
        closeNow(number);
      }
    }

    private void closeNow(int number) {
      apply(w -> w.engine.jobClosed(w.now, w.jobs.get(number)));
    }

    // ---- tasks

    private void submit() {
      // Mostly of what is there, sometimes of what has gone while the submitter was on the way.
      J job = any(oracle.jobs, j -> j.open || random.nextInt(200) == 0);
      Party agent = any(oracle.agents, p -> (!p.evicted && !p.removed) || random.nextInt(30) == 0);
      Party target =
          any(oracle.targets, p -> (!p.evicted && !p.removed) || random.nextInt(30) == 0);
      if (job == null
          || agent == null
          || target == null
          || oracle.all.waiting >= SETTINGS.maxWaiting()
          || agent.waiting >= agent.agentSettings.maxWaiting()) {
        return;
      }
      long tokens = random.nextInt(4) == 0 ? 0 : random.nextInt(2_000);
      if (tokens > job.left()) {
        return;
      }
      EngineHarness.Options options = new EngineHarness.Options().tokens(tokens);
      int band = random.nextInt(3);
      options.priority = Priority.values()[band];
      options.child = random.nextInt(4) == 0;
      if (random.nextInt(3) > 0) {
        options.ttl(TICK * random.nextInt(80) + (random.nextInt(5) == 0 ? 1 : 0));
      }
      // A submitter takes its time between the gates and the ring.
      long admittedAt = Math.max(0, world.now - (random.nextInt(10) == 0 ? 5 * TICK : 0));
      long startBy = options.ttlNs == Long.MAX_VALUE ? Long.MAX_VALUE : admittedAt + options.ttlNs;
      int id = oracle.tasks.size();
      long timeout = world.targets.get(target.number).timeoutNs();
      T task = new T(id, agent, target, job, options.child, band, tokens, startBy, timeout);
      oracle.admitted(task, world.now);
      int jobNumber = job.number;
      int agentNumber = agent.number;
      int targetNumber = target.number;
      apply(
          w -> {
            FakeTask reservation =
                new FakeTask(
                    w.agents.get(agentNumber),
                    w.targets.get(targetNumber),
                    w.jobs.get(jobNumber),
                    options,
                    admittedAt,
                    id);
            w.tasks.add(reservation);
            w.engine.taskAdmitted(w.now, reservation);
          });
    }

    private void endAttempt() {
      // Overruns are deaf: they take their time.
      T task =
          any(oracle.live, t -> t.hasThread() && !t.inJoin && (!t.ended || random.nextInt(4) == 0));
      if (task == null) {
        return;
      }
      int draw = random.nextInt(20);
      AttemptEnd how =
          draw < 14 ? AttemptEnd.RETURNED : draw < 18 ? AttemptEnd.THREW : AttemptEnd.CUT_OFF;
      long used =
          random.nextInt(12) == 0
              ? task.tokens + random.nextInt(20_000)
              : task.tokens == 0 ? 0 : random.nextLong(task.tokens + 1);
      endNow(task, how, used);
    }

    private void endNow(T task, AttemptEnd how, long used) {
      oracle.threadEnds(task, how, used);
      long left = task.job.left();
      boolean overspent = left != Long.MAX_VALUE && used - task.tokens > left;
      int id = task.id;
      apply(
          w ->
              w.engine.attemptEnded(
                  w.now, w.tasks.get(id), AttemptReport.of(how, used, 0, overspent)));
    }

    private void cancel() {
      T task =
          any(oracle.tasks.reversed().subList(0, Math.min(40, oracle.tasks.size())), t -> true);
      if (task != null) {
        oracle.cancels(task);
        int id = task.id;
        apply(w -> w.engine.taskCancelled(w.now, w.tasks.get(id)));
      }
    }

    private void join() {
      T waiter = any(oracle.live, t -> t.hasThread() && !t.inJoin);
      T awaited =
          random.nextInt(6) == 0
              ? any(oracle.tasks, t -> true)
              : any(oracle.live, t -> !t.ended && (t.waitsFor != null || random.nextBoolean()));
      if (waiter != null && awaited != null) {
        int join = waiter.join + 1;
        int waiterId = waiter.id;
        int awaitedId = awaited.id;
        oracle.joins(waiter, join, awaited);
        apply(w -> w.engine.joinBegan(w.now, w.tasks.get(waiterId), join, w.tasks.get(awaitedId)));
      }
    }

    private void abandon() {
      T waiter = any(oracle.live, t -> t.join > 0);
      if (waiter != null) {
        int join = waiter.join - (random.nextInt(5) == 0 ? 1 : 0);
        int id = waiter.id;
        oracle.abandons(waiter, join);
        apply(w -> w.engine.joinAbandoned(w.now, w.tasks.get(id), join));
      }
    }

    // ---- to the end

    private void finish() {
      if (random.nextBoolean()) {
        oracle.halted = true;
        apply(w -> w.engine.halt(w.now));
      } else {
        for (J job : List.copyOf(oracle.jobs)) {
          if (job.open) {
            closeNow(job.number);
          }
        }
      }
      while (!oracle.live.isEmpty()) {
        T task = any(oracle.live, t -> t.hasThread() && !t.inJoin);
        EngineOracle.check(task != null, "nobody can go on: a silent stall");
        endNow(task, AttemptEnd.RETURNED, task.tokens);
      }
      // What fired after the last input is written down too.
      apply(w -> w.engine.advance(w.now));
      oracle.assertAtRest();
      long nextNs = world.engine.nextTimerNs();
      boolean mayBeAlert = nextNs <= world.now + TargetAlerts.HOLD_NS;
      EngineOracle.check(nextNs == Long.MAX_VALUE || mayBeAlert, "a timer is left");
    }
  }
}
