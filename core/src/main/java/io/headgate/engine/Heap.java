package io.headgate.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An indexed binary heap: the least node first, removal of any node, all in O(log n). Allocates
 * only when it grows beyond what it ever held. Not thread-safe.
 */
final class Heap<O> {
  private static final int INITIAL = 4;

  private @Nullable HeapNode<O>[] nodes;
  private int size;

  @SuppressWarnings({"unchecked", "rawtypes"}) // generic array
  Heap() {
    nodes = new HeapNode[INITIAL];
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The least node's owner, or null. */
  @Nullable O peek() {
    HeapNode<O> node = nodes[0];
    return node == null ? null : node.owner;
  }

  /** The least node, or null. */
  @Nullable HeapNode<O> peekNode() {
    return nodes[0];
  }

  /** Removes the least node, and answers its owner; null if there is none. */
  @Nullable O poll() {
    HeapNode<O> node = nodes[0];
    if (node == null) {
      return null;
    }
    remove(node);
    return node.owner;
  }

  void add(HeapNode<O> node, long key, long tie) {
    assert !node.isIn() : "is in a heap";
    if (size == nodes.length) {
      nodes = Arrays.copyOf(nodes, size * 2);
    }
    node.key = key;
    node.tie = tie;
    up(node, size++);
  }

  void remove(HeapNode<O> node) {
    int at = node.at;
    assert nodes[at] == node : "is not in this heap";
    node.at = -1;
    HeapNode<O> last = take(--size);
    if (at < size) {
      place(last, at);
    }
  }

  /** Moves a node that is in this heap to where its new key belongs. */
  void rekey(HeapNode<O> node, long key) {
    assert nodes[node.at] == node : "is not in this heap";
    node.key = key;
    place(node, node.at);
  }

  private void place(HeapNode<O> node, int at) {
    if (at > 0 && node.isBefore(get((at - 1) >>> 1))) {
      up(node, at);
    } else {
      down(node, at);
    }
  }

  private void up(HeapNode<O> node, int start) {
    int at = start;
    while (at > 0) {
      int parentAt = (at - 1) >>> 1;
      HeapNode<O> parent = get(parentAt);
      if (!node.isBefore(parent)) {
        break;
      }
      set(parent, at);
      at = parentAt;
    }
    set(node, at);
  }

  private void down(HeapNode<O> node, int start) {
    int at = start;
    int half = size >>> 1;
    while (at < half) {
      int childAt = 2 * at + 1;
      HeapNode<O> child = get(childAt);
      if (childAt + 1 < size && get(childAt + 1).isBefore(child)) {
        child = get(++childAt);
      }
      if (!child.isBefore(node)) {
        break;
      }
      set(child, at);
      at = childAt;
    }
    set(node, at);
  }

  private HeapNode<O> get(int at) {
    HeapNode<O> node = nodes[at];
    assert node != null;
    return node;
  }

  private HeapNode<O> take(int at) {
    HeapNode<O> node = get(at);
    nodes[at] = null;
    return node;
  }

  private void set(HeapNode<O> node, int at) {
    nodes[at] = node;
    node.at = at;
  }
}
