package io.headgate.simulation;

import io.headgate.HeadgateSettings;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The one order of all inputs in virtual time: slots are claimed, filled, stamped and published in
 * steps of their own, a slot that is claimed and not yet published holds up those behind it, and a
 * task needs room beyond what is kept back for the rest.
 */
final class VirtualRing {
  private final World world;
  private final int room;
  private final Deque<Input> slots = new ArrayDeque<>();
  private final Runnable wakeUp;
  private long claimed;

  /**
   * @param room slots that tasks may take
   * @param wakeUp what is done after each publication
   */
  VirtualRing(World world, int room, Runnable wakeUp) {
    this.world = world;
    this.room = room;
    this.wakeUp = wakeUp;
  }

  /** As many slots for tasks as a live one of these settings has at least. */
  static int roomOf(HeadgateSettings settings) {
    return settings.maxWaiting() + 64;
  }

  boolean hasRoom() {
    return slots.size() < room;
  }

  /** Publishes an admitted task and numbers it; false if only slots are left that are kept back. */
  boolean tryAdmit(VirtualTask task) {
    if (!hasRoom()) {
      return false;
    }
    if (world.strikes(world.faults.ringFullShare())) {
      world.hit(FaultPoint.RING_FULL);
      return false;
    }
    boolean hedge = task.hedgeOf != null;
    Input input = claim(hedge ? Input.Kind.HEDGE_ADMITTED : Input.Kind.TASK_ADMITTED);
    task.number(input.sequence);
    input.task = task;
    input.stampNs = task.admittedNs();
    publish(input);
    return true;
  }

  Input claim(Input.Kind kind) {
    var input = new Input(claimed++, kind);
    slots.add(input);
    Actor actor = Actor.current();
    if (actor != null && world.strikes(world.faults.yieldShare())) {
      world.hit(FaultPoint.SLOT_CLAIMED_NOT_PUBLISHED);
      actor.holdUp(world.upTo(world.faults.maxYieldNs()));
    }
    input.stampNs = world.nanoTime();
    return input;
  }

  void publish(Input input) {
    input.published = true;
    input.publishedNs = world.agenda.nowNs();
    wakeUp.run();
  }

  /** Takes the next, or null if there is none that is published. */
  @Nullable Input poll() {
    Input next = slots.peek();
    return next != null && next.published ? slots.poll() : null;
  }

  boolean hasNext() {
    Input next = slots.peek();
    return next != null && next.published;
  }

  boolean isEmpty() {
    return slots.isEmpty();
  }
}
