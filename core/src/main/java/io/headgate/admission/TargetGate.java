package io.headgate.admission;

import io.headgate.ArgumentsDigest;
import io.headgate.Target;
import io.headgate.TargetSettings;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A target as admission sees it: shut or open, and how long a new task would wait. */
public final class TargetGate extends Gate implements Target {
  private final Object reconfiguring = new Object();
  private final long salt;
  private volatile TargetSettings settings;
  private volatile long timeoutNs;
  private volatile long waitOfNewNs;
  private volatile long waitOfBegunNs;
  private volatile long learnedOutput;
  private volatile @Nullable Cutoff cutoff;

  /** A gate at this index of the engine's table of targets. */
  public TargetGate(String id, int index, TargetSettings settings, Registrar registrar) {
    super(id, index, registrar);
    this.salt = ArgumentsDigest.of(id);
    this.settings = settings;
    this.timeoutNs = settings.timeout().toNanos();
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
  }

  // Its index may have been another's.
  final long salt() {
    return salt;
  }

  /** The bound on an attempt's run. */
  public long timeoutNs() {
    return timeoutNs;
  }

  /** Publishes how long a task would wait now. Called by the dispatcher, seldom. */
  public void publishEstimates(long waitOfNewNs, long waitOfBegunNs) {
    this.waitOfNewNs = waitOfNewNs;
    this.waitOfBegunNs = waitOfBegunNs;
  }

  /** How long a task would wait before it starts, as last published; 0 when nothing is known. */
  public long estimatedWaitNs(boolean begun) {
    return begun ? waitOfBegunNs : waitOfNewNs;
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
