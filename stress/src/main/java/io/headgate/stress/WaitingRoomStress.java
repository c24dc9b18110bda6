package io.headgate.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.headgate.admission.WaitingRoom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Places: never above the cap, none lost, nobody inside a room that closed empty. */
public final class WaitingRoomStress {
  private WaitingRoomStress() {}

  /** Two want the last place. */
  @JCStressTest
  @Outcome(
      id = {"true, false, 1", "false, true, 1"},
      expect = ACCEPTABLE,
      desc = "one of them has it")
  @State
  public static class LastPlace {
    private final WaitingRoom room = new WaitingRoom();

    @Actor
    public void one(ZZJ_Result r) {
      r.r1 = room.tryTake(1);
    }

    @Actor
    public void other(ZZJ_Result r) {
      r.r2 = room.tryTake(1);
    }

    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = room.taken();
    }
  }

  /** A place comes back while somebody wants it. */
  @JCStressTest
  @Outcome(
      id = {"false, true, 1", "false, false, 0"},
      expect = ACCEPTABLE,
      desc = "taken or free, not lost")
  @State
  public static class GiveBack {
    private final WaitingRoom room = new WaitingRoom();

    public GiveBack() {
      room.tryTake(1);
    }

    @Actor
    public void leaves() {
      room.giveBack(1);
    }

    @Actor
    public void wants(ZZJ_Result r) {
      r.r2 = room.tryTake(1);
    }

    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = room.taken();
    }
  }

  /** An eviction closes the room while a task comes. */
  @JCStressTest
  @Outcome(
      id = {"true, false, 1", "false, true, 0", "false, false, 0"},
      expect = ACCEPTABLE,
      desc = "either it closed empty, or somebody is inside")
  @Outcome(
      id = "true, true, 1",
      expect = org.openjdk.jcstress.annotations.Expect.FORBIDDEN,
      desc = "closed as empty with a place taken")
  @State
  public static class CloseIfEmpty {
    private final WaitingRoom room = new WaitingRoom();

    @Actor
    public void comes(ZZJ_Result r) {
      r.r1 = room.tryTake(9);
    }

    @Actor
    public void closes(ZZJ_Result r) {
      r.r2 = room.closeIfEmpty();
    }

    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = room.taken();
    }
  }
}
