package org.zolab.probe;

import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/** A loss that also knows its curvature. */
public interface TwiceDifferentiableOracle extends DifferentiableOracle {

    /**
     * product ← ∇²f(point) v. Kinks of f count as flat.
     *
     * @param product another vector of the space; its contents are replaced
     */
    void hessianProduct(Point point, Direction v, ParameterVector product);
}
