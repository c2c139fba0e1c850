# To be sourced: what Open MPI on one machine needs to know. Root, as in a container, is refused
# unless it is allowed twice; more ranks than physical cores are fine; pinned ranks of two jobs
# would share one core; and containers often forbid the direct copy between processes.
# shellcheck shell=bash
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
export OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_vader_single_copy_mechanism=none
