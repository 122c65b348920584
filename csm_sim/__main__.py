"""``python -m csm_sim``."""

from csm_sim.cli import main

if __name__ == "__main__":
    main()
