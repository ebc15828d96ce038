#!/usr/bin/env bash
# Grounds a data set as a Slurm job array, one process and one GPU a task:
#
#   sbatch --array=0-15 slurm.sh manifest.csv results --bundle bundle.cxrb       # 16 parts
#   sbatch --array=5 slurm.sh manifest.csv results --bundle bundle.cxrb          # part 5 of those again: the folder knows that there are 16
#   sbatch --dependency=afterany:JOBID --wrap "cxr merge results"       # when all have ended: one file, or what is missing
#
# The first task that begins writes results/batch.json: the number of parts and all settings. Whatever does not fit it is refused, so the
# first array must be the whole one. A task that is killed, preempted or out of time is requeued or submitted again, and goes on at the image
# where it stopped.
#SBATCH --job-name=cxr-batch
#SBATCH --array=0-15
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=cxr-batch-%A_%a.log
# What depends on the cluster; uncomment and adapt. A GPU for each task, memory for one model, and a wish to end a minute before the limit:
##SBATCH --gpus-per-task=1
##SBATCH --mem=16G
##SBATCH --time=12:00:00
##SBATCH --signal=B:INT@60
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch --array=0-15 slurm.sh MANIFEST OUT [options of cxr batch]" >&2
  exit 2
fi
manifest=$1 out=$2
shift 2

# Slurm shows a task its own GPU only (CUDA_VISIBLE_DEVICES), which is number 0 then. exec: signals reach the program, and its exit code is
# the task's. --resume also begins; --keep-going: one damaged file of a million must not hold back the rest, its line says what is wrong.
exec "${CXR:-cxr}" batch "$manifest" --out "$out" --resume --keep-going "$@"
