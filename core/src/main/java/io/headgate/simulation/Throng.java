package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.admission.AgentGate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * So many agents that ask by Zipf's law, whose ids come and go: each has a rank, and when an id
 * goes, another takes its rank over. The table is bounded, and full from the first on: a new id
 * comes in only where one that has gone can be forgotten, as the runtime's registry has it.
 */
final class Throng {
  private static final String PREFIX = "agent-";
  private static final int REGISTERED_AT_ONCE = 500;
  private static final long REGISTER_NS = 1_000_000;

  private final VirtualHeadgate headgate;
  private final AgentSettings settings;
  private final double[] upTo;
  private final List<AgentGate> byRank = new ArrayList<>();
  private final int[] busy;
  private final Set<AgentGate> removed = new LinkedHashSet<>();
  private final Deque<Integer> places = new ArrayDeque<>();
  private int born;
  private int turnedAway;

  /**
   * A throng of nobody yet.
   *
   * @param agents how many
   * @param exponent of Zipf's law
   * @param firstPlace of the engine's table that is theirs
   * @param spare places beyond one for each
   */
  Throng(
      VirtualHeadgate headgate,
      AgentSettings settings,
      int agents,
      double exponent,
      int firstPlace,
      int spare) {
    this.headgate = headgate;
    this.settings = settings;
    upTo = new double[agents];
    busy = new int[agents];
    double sum = 0;
    for (int rank = 0; rank < agents; rank++) {
      sum += StrictMath.pow(rank + 1, -exponent);
      upTo[rank] = sum;
    }
    for (int place = 0; place < agents + spare; place++) {
      places.add(firstPlace + place);
    }
  }

  /** Registers all of them, some at a time, as a dispatcher bears it. On an actor. */
  void register() throws Actor.Interrupted {
    for (int rank = 0; rank < upTo.length; rank++) {
      byRank.add(make(rank, places.remove()));
      if (rank % REGISTERED_AT_ONCE == 0) {
        sleep(REGISTER_NS);
      }
    }
  }

  private static void sleep(long ns) throws Actor.Interrupted {
    Actor actor = Actor.current();
    if (actor == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    actor.sleep(ns);
  }

  private AgentGate make(int rank, int place) {
    var gate = new AgentGate(PREFIX + rank + "-" + born++, place, settings, headgate);
    headgate.register(gate);
    return gate;
  }

  /** The rank in an id, from 0 for who asks most; -1 if it is of nobody among them. */
  static int rankOf(String id) {
    if (!id.startsWith(PREFIX)) {
      return -1;
    }
    return Integer.parseInt(id.substring(PREFIX.length(), id.lastIndexOf('-')));
  }

  /** Somebody, by Zipf's law. */
  int draw(SplittableRandom random) {
    double at = random.nextDouble() * upTo[upTo.length - 1];
    int low = 0;
    int high = upTo.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (upTo[middle] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  int size() {
    return upTo.length;
  }

  /** Who has this rank now. */
  AgentGate at(int rank) {
    return byRank.get(rank);
  }

  /** It has a job more, or less: who has one does not go. */
  void busy(int rank, int change) {
    busy[rank] += change;
  }

  /** The id of this rank goes, and another comes, if it has nothing to do, and there is a place. */
  void replace(int rank) {
    if (busy[rank] > 0) {
      return;
    }
    Integer place = places.poll();
    if (place != null) {
      comes(rank, place);
      return;
    }
    headgate.evict(
        List.copyOf(removed),
        gone -> {
          if (gone == null) {
            turnedAway++;
          } else {
            removed.remove(gone);
            places.add(gone.index());
            replace(rank);
          }
        });
  }

  private void comes(int rank, int place) {
    AgentGate old = byRank.get(rank);
    removed.add(old);
    headgate.remove(old);
    byRank.set(rank, make(rank, place));
  }

  /** Ids that found no place, since none that had gone could be forgotten. */
  int turnedAway() {
    return turnedAway;
  }

  /** Ids that there were. */
  int born() {
    return born;
  }
}
