// dotnet run -c Release --project samples/Classify -- student.onnx cat.jpg
using var classifier = new Pupil.Inference.PictureClassifier(args[0]);
var best = classifier.Classify(args[1])[0];
Console.WriteLine($"{best.Class} {best.Probability:P1}");
