using Pupil.Benchmarks;

// Benchmarks have names: dotnet run -c Release --project benchmarks/Pupil.Benchmarks -- steps
switch (args)
{
    case ["kernels", .. var rest]:
        return KernelsBenchmark.Run(rest);
    case ["steps", .. var rest]:
        return StepsBenchmark.Run(rest);
    case ["comparison", .. var rest]:
        return ComparisonBenchmark.Run(rest);
    case ["start", .. var rest]:
        return StartBenchmark.Run(rest);
    case ["memory", .. var rest]:
        return MemoryBenchmark.Run(rest);
    case ["phases", .. var rest]:
        return PhasesBenchmark.Run(rest);
    case ["processes", .. var rest]:
        return ProcessesBenchmark.Run(rest);
    case ["processes-part", .. var rest]:
        return ProcessesBenchmark.RunPart(rest);
    case ["large-data", .. var rest]:
        return LargeDataBenchmark.Run(rest);
    case ["large-data-part", .. var rest]:
        return LargeDataBenchmark.RunPart(rest);
    case ["scaling", .. var rest]:
        return ScalingBenchmark.Run(rest);
    case ["nothing"]:
        return 0;
    case ["batch-making", .. var rest]:
        return BatchMakingBenchmark.Run(rest);
    case ["views", .. var rest]:
        return ViewBenchmark.Run(rest);
    case ["data-reading", .. var rest]:
        return DataReadingBenchmark.Run(rest);
    case ["busy-neighbour", .. var rest]:
        return BusyNeighbourBenchmark.Run(rest);
    default:
        Console.Error.WriteLine("""
            usage: steps [--python PYTHON] [--works ctkd,epoch,alone,evaluate,resnet-18,demo] [--styles eager,careful,bfloat16]
                         [--precision float32|bfloat16] [--device cpu|cuda] [--steps N] [--threads N] [--out FILE]
              The CTKD step (WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch 128, 32×32), a whole epoch of 20 of
              them, the step of the student alone, an evaluation, ResNet-18 alone at 224×224, and the demo's step, alternately with the
              same work in PyTorch (benchmarks/pytorch/steps.py).

            usage: kernels [--networks A,B] [--batch N] [--side N] [--rounds N] [--threads N] [--out FILE]
              Forward and backward pass, and evaluation, of networks by Pupil's kernels and by libtorch, alternately.

            usage: comparison [--works methods,claim,one-method] [--steps N] [--threads N] [--out FILE]
              Steps of all cells of comparisons at WRN-40-1 → WRN-16-1: in lock-step, and each by itself, alternately.

            usage: start --tool PUPIL --model MODEL --picture PICTURE [--rounds N] [--out FILE]
              Whole commands of a published tool, beside a .NET program that does nothing.

            usage: phases [--steps N] [--threads N] [--chart FILE.svg] [--out FILE]
              The time of the CTKD step by network and phase, by Pupil's kernels and by libtorch's, alternately.

            usage: processes [--processes N] [--rounds N] [--steps N] [--work ctkd|demo] [--out FILE]
              The CTKD step by N processes of one thread under mpirun, and by one process of N threads, alternately; the bytes and
              the time of the sums over the processes.

            usage: scaling [--megabits 100,1000] [--rounds N] [--steps N] [--out FILE]
              A model of the CTKD step by 2 to 64 nodes, and its check with two processes in two network namespaces that a link of
              a limited rate joins. Start it in the repository, as root.

            usage: memory [--steps N] [--threads N] [--out FILE]
              Resident memory and live tensors over steps of collaborative teaching.

            usage: batch-making [--steps N] [--threads N] [--out FILE]
              Making batches of 128 (flip and pad; random resized crops of 64×64; RandAugment) beside that step: the share of its
              time, and the share that a step waits for a batch made in the background.

            usage: views [--rounds N] [--threads N] [--out FILE]
              Batches of 128 images of 32×32 with the same images at 96 and 224 pixels, for an expert with an input of its own.

            usage: data-reading [--cifar10 FOLDER,ARCHIVE] [--pictures N] [--repeats N] [--out FILE]
              Reading whole CIFAR-10 (medians); a folder of N JPEGs the first time and again, from the system's cache.

            usage: large-data [--gigabytes 1,2,5] [--one-file-up-to GB] [--folder FOLDER] [--threads N] [--chart FILE.svg]
                              [--out FILE]
              Peak resident memory and images per second of an epoch's batches of made-up sets of 224×224 pixels, in shards and as
              one packed file (20 GB at most), each written to the folder first. To try a limit of memory, start it in a limited
              control group.

            usage: busy-neighbour [--work ctkd-step|onnx-1|onnx-32] [--settings A,B] [--neighbours 0,1,2] [--threads N]
                                  [--rounds N] [--out FILE]
              Images per second on an idle machine and beside one and two computing processes, by the way in which threads wait for
              each other: 'pupil' as it is set, a variable (GOMP_SPINCOUNT=300000 is libgomp's default) or, for the models, an
              entry of ONNX Runtime's session.
            """);
        return 2;
}
