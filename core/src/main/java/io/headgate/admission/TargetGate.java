package io.headgate.admission;

import io.headgate.ArgumentsDigest;
import io.headgate.DegradationPolicy;
import io.headgate.Price;
import io.headgate.Priority;
import io.headgate.Target;
import io.headgate.TargetSettings;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A target as admission sees it: shut or open, and how long a new task would wait. */
public final class TargetGate extends Gate implements Target {
  private static final int PRIORITIES = Priority.values().length;

  private final Object reconfiguring = new Object();
  private final long salt;
  private volatile TargetSettings settings;
  private volatile long timeoutNs;
  private final AtomicLongArray waitsOfNewNs = new AtomicLongArray(PRIORITIES);
  private final AtomicLongArray waitsOfBegunNs = new AtomicLongArray(PRIORITIES);
  private final AtomicLongArray roundsNs = new AtomicLongArray(PRIORITIES);
  private volatile long jobNs;
  private volatile long level = LevelWord.OPEN;
  private volatile long learnedOutput;
  private volatile @Nullable Cutoff cutoff;
  private volatile Price[] prices;
  private volatile int servingRung;
  private volatile int servingBelow;

  /** A gate at this index of the engine's table of targets. */
  public TargetGate(String id, int index, TargetSettings settings, Registrar registrar) {
    super(id, index, registrar);
    this.salt = salt(id);
    this.settings = settings;
    this.timeoutNs = settings.timeout().toNanos();
    this.prices = prices(settings);
  }

  // Made once: a submission allocates none.
  private static Price[] prices(TargetSettings settings) {
    DegradationPolicy ladder = settings.degradation();
    Price[] prices = new Price[ladder.size()];
    for (int rung = 0; rung < prices.length; rung++) {
      prices[rung] = settings.price().percent(ladder.pricePercent(rung));
    }
    return prices;
  }

  @Override
  public TargetSettings settings() {
    return settings;
  }

  @Override
  public void reconfigure(UnaryOperator<TargetSettings> change) {
    // One at a time, so that of two changes of different settings none is lost.
    synchronized (reconfiguring) {
      registrar.reconfigure(this, Changes.apply("target", change, settings));
    }
  }

  @Override
  public void remove() {
    registrar.remove(this);
  }

  /** Takes over changed settings. Called by the registrar, one at a time. */
  public void apply(TargetSettings settings) {
    this.settings = settings;
    this.timeoutNs = settings.timeout().toNanos();
    this.prices = prices(settings);
  }

  // Its index may have been another's.
  static long salt(String id) {
    return ArgumentsDigest.of(id);
  }

  final long salt() {
    return salt;
  }

  /** The bound on an attempt's run. */
  public long timeoutNs() {
    return timeoutNs;
  }

  /**
   * Publishes how long a task of this priority, by ordinal, would wait now. Called by the
   * dispatcher, seldom.
   */
  public void publishEstimates(int priority, long waitOfNewNs, long waitOfBegunNs, long jobNs) {
    this.jobNs = jobNs;
    waitsOfNewNs.set(priority, waitOfNewNs);
    waitsOfBegunNs.set(priority, waitOfBegunNs);
  }

  /**
   * Publishes how long it takes, in this priority, by ordinal, until each agent that waits has had
   * its turn. Called by the dispatcher, seldom.
   */
  public void publishRound(int priority, long roundNs) {
    roundsNs.set(priority, roundNs);
  }

  /** How long a task would wait before it starts, as last published; 0 when nothing is known. */
  public long estimatedWaitNs(Priority priority, boolean begun) {
    AtomicLongArray waitsNs = begun ? waitsOfBegunNs : waitsOfNewNs;
    return waitsNs.get(priority.ordinal());
  }

  /**
   * The same for this agent's: what others of its priority have waiting for new jobs holds its own
   * up for one turn of each, as often as it has some waiting itself, and once more.
   */
  public long estimatedWaitNs(AgentGate agent, Priority priority, boolean begun) {
    long waitNs = estimatedWaitNs(priority, begun);
    if (waitNs == 0 || begun) {
      return waitNs;
    }
    return Math.min(waitNs, waitsOfBegunNs.get(priority.ordinal()) + turnsNs(agent, priority));
  }

  /** Within which most jobs that begin here are done, as last published; 0 if nothing is known. */
  public long jobNs() {
    return jobNs;
  }

  /**
   * Publishes which new jobs are let in. Called by the dispatcher, seldom.
   *
   * @param level as many of the keys of {@link LevelWord}
   * @param passNs those of an agent whose own wait is no longer are, whatever their key
   */
  public void publishLevel(int level, long passNs) {
    this.level = level == LevelWord.ALL ? LevelWord.OPEN : LevelWord.of(level, passNs);
  }

  /** As many of the keys are let in, as last published. */
  public int level() {
    return LevelWord.level(level);
  }

  // For how long a new job is kept out by its priority and its hash; 0 if it is let in.
  final long keptOutNs(AgentGate agent, Priority priority, JobAccount account) {
    long word = level;
    if (word == LevelWord.OPEN
        || LevelWord.key(priority, account) < LevelWord.level(word)
        || account.isLetIn()) {
      return 0;
    }
    long turnNs = turnNs(agent, priority);
    return turnNs <= LevelWord.passNs(word) ? 0 : turnNs;
  }

  /**
   * How long a new job of this agent waits for the other new ones: a turn of each agent that waits,
   * as often as it has some waiting itself, and once more; at most what all wait.
   */
  public long turnNs(AgentGate agent, Priority priority) {
    return Math.min(estimatedWaitNs(priority, false), turnsNs(agent, priority));
  }

  private long turnsNs(AgentGate agent, Priority priority) {
    return roundsNs.get(priority.ordinal()) * (agent.queuedNew() + 1L);
  }

  /** What a rung of its ladder costs; below the last, what that does. */
  public Price priceAt(int rung) {
    Price[] prices = this.prices;
    return prices[Math.min(rung, prices.length - 1)];
  }

  /**
   * Publishes the first rung that serves, and the first below the first of all; as many as there
   * are if none does. By the dispatcher.
   */
  public void publishRung(int rung, int below) {
    servingBelow = below;
    servingRung = rung;
  }

  /** As last published. */
  public int servingRung() {
    return servingRung;
  }

  /** As last published. */
  public int servingBelow() {
    return servingBelow;
  }

  /**
   * For which rung a task of this agent reserves that is submitted now: the first that serves it,
   * if it may be another than the first.
   */
  public int rungFor(AgentGate agent, boolean degradable) {
    if (!degradable) {
      return 0;
    }
    Cutoff cutoff = agent.cutoff(index());
    int rung = cutoff == null || !cutoff.isShut() ? servingRung : servingBelow;
    return Math.min(rung, settings.degradation().size() - 1);
  }

  // Whom the first rung keeps out, a lower one takes.
  final boolean isServedBelow(boolean degradable) {
    DegradationPolicy ladder = settings.degradation();
    return degradable && !ladder.isOff() && servingBelow < ladder.size();
  }

  final void learnedOutput(long tokens) {
    learnedOutput = tokens;
  }

  /** Output tokens that are reserved for everybody's calls; 0 for what their estimates say. */
  public long learnedOutput() {
    return learnedOutput;
  }

  /** Cuts it off, or ends that. Called by the dispatcher. */
  public void cutOff(@Nullable Cutoff cutoff) {
    this.cutoff = cutoff;
  }

  /** What cuts it off for everybody, or null. */
  public @Nullable Cutoff cutoff() {
    return cutoff;
  }
}
