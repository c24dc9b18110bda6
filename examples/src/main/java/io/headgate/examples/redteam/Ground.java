package io.headgate.examples.redteam;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Where one attack takes place: the Headgate under attack, what the attackers are held to, until
 * when it lasts, and what they were answered. Any thread.
 */
final class Ground {
  /** As many as a small host has cores for, twice over: enough to keep submitting all the time. */
  static final int THREADS = 4;

  private static final int KINDS = 64;
  private static final int REMEMBERED = 4_096;
  private static final long JOIN_MS = 10_000;
  private static final long SEED = 4_711;

  /** What an attacker's thread does, again and again. */
  interface Deed {
    void done(SplittableRandom random) throws Exception;
  }

  final Headgate headgate;
  final Defences defences;
  final @Nullable HostileListener listener;
  final @Nullable JumpyClock clock;
  private final String name;
  private final long untilNs;
  private final LongAdder submitted = new LongAdder();
  private final LongAdder admitted = new LongAdder();
  private final Map<Refusal, LongAdder> refusals = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> badInput = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> unexpected = new ConcurrentHashMap<>();
  private final LongAdder withoutReturn = new LongAdder();
  private final AtomicLong handles = new AtomicLong();
  private final AtomicReferenceArray<@Nullable Admitted<?>> known =
      new AtomicReferenceArray<>(REMEMBERED);
  private final Collection<Agent> agents = new ConcurrentLinkedQueue<>();
  private final Collection<Target> targets = new ConcurrentLinkedQueue<>();
  private final Collection<String> hung = new ConcurrentLinkedQueue<>();

  Ground(String name, long untilNs, RedTeamOptions options, Headgate headgate) {
    this.name = name;
    this.untilNs = untilNs;
    this.headgate = headgate;
    defences = options.defences();
    listener = options.listener();
    clock = options.clock();
  }

  boolean over() {
    return System.nanoTime() - untilNs >= 0;
  }

  /** How long it still lasts, in nanoseconds; not below zero. */
  long leftNs() {
    return Math.max(0, untilNs - System.nanoTime());
  }

  // ---- who attacks what

  /** An agent of the attackers' own. */
  Agent agent(String id) {
    Agent agent = headgate.agent("red:" + name + ":" + id, defences.agent());
    agents.add(agent);
    return agent;
  }

  /** So many of them. */
  List<Agent> agents(int number) {
    List<Agent> all = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      all.add(agent("agent-" + i));
    }
    return all;
  }

  /** A call of ten tokens in and ten out that takes so long. */
  static Task<String> task(Agent agent, Target model, long ms) {
    return Task.of(
        agent,
        model,
        Estimate.of(10, 10),
        attempt -> {
          Thread.sleep(ms);
          attempt.usage(10, 10);
          return "";
        });
  }

  /** A model that they call. */
  Target model(String id) {
    Target target = headgate.target("red:" + name + ":" + id, defences.model());
    targets.add(target);
    return target;
  }

  /** A tool that they call. */
  Target tool(String id) {
    Target target = headgate.target("red:" + name + ":" + id, defences.tool());
    targets.add(target);
    return target;
  }

  /** A job of theirs, under a fresh id. */
  Job job() {
    return headgate.job(defences.job());
  }

  /** A job of theirs, under this id. */
  Job job(String id) {
    return headgate.job(id, defences.job());
  }

  /** Submits, and takes down what was answered; null if it was refused. */
  <T extends @Nullable Object> @Nullable Admitted<T> submit(Job job, Task<T> task) {
    return seen(job.submit(task));
  }

  /** Takes down an answer; null if it is a refusal. */
  <T extends @Nullable Object> @Nullable Admitted<T> seen(Admission<T> admission) {
    submitted.increment();
    return switch (admission) {
      case Admitted<T> handle -> {
        admitted.increment();
        known.set((int) (handles.getAndIncrement() % REMEMBERED), handle);
        yield handle;
      }
      case Refused<T>(var reason, var retryAfter) -> {
        refusals.computeIfAbsent(reason, _ -> new LongAdder()).increment();
        if (reason.retryable() && retryAfter.isZero()) {
          withoutReturn.increment();
        }
        yield null;
      }
    };
  }

  // ---- threads

  /** Does this on so many threads, again and again until it is over. */
  void attack(int threads, Deed deed) throws InterruptedException {
    List<Thread> all = new ArrayList<>();
    var seeds = new SplittableRandom(SEED);
    for (int i = 0; i < threads; i++) {
      SplittableRandom random = seeds.split();
      all.add(
          Thread.ofPlatform()
              .daemon()
              .name("red-" + name + "-" + i)
              .start(() -> until(random, deed)));
    }
    await(all);
  }

  private void until(SplittableRandom random, Deed deed) {
    while (!over() && attempt(() -> deed.done(random))) {
      // again
    }
  }

  /** Waits for threads that look at {@link #over()}; who does not come back is hung. */
  void await(List<Thread> threads) throws InterruptedException {
    long endNs = System.nanoTime() + leftNs() + JOIN_MS * 1_000_000;
    for (Thread thread : threads) {
      thread.join(Math.max(1, (endNs - System.nanoTime()) / 1_000_000));
      if (thread.isAlive()) {
        hung.add(thread.getName());
        thread.interrupt();
      }
    }
  }

  /** Something that may throw. */
  interface Risk {
    void run() throws Exception;
  }

  /**
   * Does it, and takes down what it throws: what the API says that it throws for bad input, or
   * anything else, which it should not. False if it was interrupted.
   */
  boolean attempt(Risk risk) {
    try {
      risk.run();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (IllegalArgumentException | IllegalStateException e) {
      count(badInput, e);
      return true;
    } catch (Throwable t) { // an error, too, is what an attack is after
      count(unexpected, t);
      return true;
    }
  }

  private static void count(Map<String, LongAdder> counts, Throwable thrown) {
    String kind = thrown.getClass().getSimpleName();
    if (counts.size() < KINDS || counts.containsKey(kind)) {
      counts.computeIfAbsent(kind, _ -> new LongAdder()).increment();
    }
  }

  // ---- what came of it

  long submitted() {
    return submitted.sum();
  }

  long admitted() {
    return admitted.sum();
  }

  /** Refusals by reason, and exceptions for bad input by their class. */
  Map<String, Long> answers() {
    Map<String, Long> counts = new TreeMap<>();
    refusals.forEach((reason, count) -> counts.put(reason.name(), count.sum()));
    badInput.forEach((kind, count) -> counts.put(kind, count.sum()));
    return counts;
  }

  /** What nobody should see, whatever the attack. */
  List<String> scandals() {
    List<String> scandals = new ArrayList<>();
    unexpected.forEach((kind, count) -> scandals.add(count.sum() + " times " + kind));
    if (withoutReturn.sum() > 0) {
      scandals.add(withoutReturn.sum() + " refusals without a time to return");
    }
    hung.forEach(thread -> scandals.add(thread + " did not come back"));
    long open = 0;
    for (int i = 0; i < REMEMBERED; i++) {
      Admitted<?> handle = known.get(i);
      open += handle == null || handle.outcome().isPresent() ? 0 : 1;
    }
    if (open > 0) {
      scandals.add(open + " of the last handles have no outcome");
    }
    return scandals;
  }

  /** Whether none of their tasks waits or runs any more. */
  boolean isQuiet() {
    String own = "red:" + name + ":";
    return headgate.snapshot().agents().stream()
        .filter(party -> party.id().startsWith(own))
        .allMatch(party -> party.waiting() + party.inFlight() == 0);
  }

  /** Their agents and targets go, so that the next ones find the tables as these did. */
  void leave() {
    agents.forEach(Agent::remove);
    targets.forEach(Target::remove);
  }
}
