package io.headgate.simulation;

import io.headgate.admission.Probe;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.agrona.concurrent.NanoClock;

/**
 * One simulation's time, chance and actors. What happens to the process itself is drawn here, so
 * that a load or a provider draws the same whatever faults there are.
 */
final class World implements NanoClock {
  static {
    Probe.install(World::atStep);
  }

  final Agenda agenda = new Agenda();
  final Faults faults;

  /** From which all its chance comes. */
  final long seed;

  final long[] hits = new long[FaultPoint.values().length];
  private final SplittableRandom random;
  private final Set<Actor> actors = new LinkedHashSet<>();
  private long jumpedNs;
  private int inAdmission;
  private long lastLeftNs = -1;
  private long lastHoldUpNs = -1;
  private long digest = 0x5DEECE66DL;

  World(long seed, Faults faults) {
    this.seed = seed;
    random = new SplittableRandom(seed);
    this.faults = faults;
    for (int i = 0; i < faults.clockJumps(); i++) {
      agenda.at(upTo(faults.untilNs()), this::jump);
    }
  }

  private void jump() {
    hit(FaultPoint.CLOCK_JUMP);
    jumpedNs += 1 + upTo(faults.maxJumpNs());
  }

  // ---- time

  /** The process's clock: virtual time, and by how much it has jumped. */
  @Override
  public long nanoTime() {
    return agenda.nowNs() + jumpedNs;
  }

  boolean faultsLast() {
    return agenda.nowNs() < faults.untilNs();
  }

  // ---- chance

  /** From 0 to the bound, which may be 0. */
  long upTo(long bound) {
    return bound <= 0 ? 0 : random.nextLong(bound + 1);
  }

  /** Whether a fault of so many thousandths strikes now. */
  boolean strikes(int share) {
    return share > 0 && faultsLast() && random.nextInt(1_000) < share;
  }

  // ---- what happened

  void hit(FaultPoint point) {
    hits[point.ordinal()]++;
    mix(point.ordinal());
  }

  void mix(long value) {
    long h = (digest ^ value ^ agenda.nowNs()) * 0xBF58476D1CE4E5B9L;
    digest = Long.rotateLeft(h, 29) + value;
  }

  /** A rolling hash of all that happened, with its time. */
  long digest() {
    return digest;
  }

  // ---- actors

  Actor start(Actor.Body body) {
    return startIn(0, body);
  }

  Actor startIn(long ns, Actor.Body body) {
    var actor = new Actor(this, body);
    agenda.in(ns, actor::go);
    return actor;
  }

  void actorStarted(Actor actor) {
    actors.add(actor);
  }

  void actorEnded(Actor actor) {
    actors.remove(actor);
  }

  /** Ends what is still under way: a virtual thread that is parked for good is never collected. */
  void end() {
    for (Actor actor : new ArrayList<>(actors)) {
      actor.end();
    }
  }

  // ---- admission's steps

  /** An actor goes in at the gates; {@link #left} follows. */
  void entered() {
    inAdmission++;
  }

  void left() {
    inAdmission--;
    lastLeftNs = nanoTime();
  }

  /** Whether no actor is held up between two steps of admission. */
  boolean gatesAreQuiet() {
    return inAdmission == 0;
  }

  /** Whether any other has been since then, than the one who asks. */
  boolean othersInAdmissionSince(long ns) {
    return inAdmission > 1 || lastLeftNs >= ns;
  }

  /** Whether no other is between two steps, and nobody was held up at any since then. */
  boolean undisturbedSince(long ns) {
    return inAdmission <= 1 && lastHoldUpNs < ns;
  }

  /** An actor was held up, and goes on now. */
  void heldUp() {
    lastHoldUpNs = nanoTime();
  }

  private static void atStep(Probe.Step step) {
    Actor actor = Actor.current();
    if (actor != null) {
      actor.world().step(actor, step);
    }
  }

  private void step(Actor actor, Probe.Step step) {
    if (strikes(faults.yieldShare())) {
      hit(FaultPoint.heldUpAt(step));
      actor.holdUp(upTo(faults.maxYieldNs()));
    }
  }
}
