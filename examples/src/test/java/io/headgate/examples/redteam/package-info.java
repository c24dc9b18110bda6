@NullMarked
package io.headgate.examples.redteam;

import org.jspecify.annotations.NullMarked;
