using System.Globalization;

namespace Silo.LoadTest.Servers;

/// <summary>What a .NET process says of its garbage collector, since its start.</summary>
/// <param name="HeapBytes">After the last collection.</param>
internal readonly record struct RuntimeSample(
    long Generation0, long Generation1, long Generation2, long HeapBytes, long AllocatedBytes, double PauseMilliseconds)
{
    /// <summary>Names the file that samples go to.</summary>
    public const string FileVariable = "SILO_LOADTEST_RUNTIME_FILE";

    public static RuntimeSample? Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static RuntimeSample? Parse(string text)
    {
        var numbers = new double[6];
        var parts = text.Split(' ');
        if (parts.Length != numbers.Length) return null;
        for (var i = 0; i < numbers.Length; i++)
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])) return null;
        return new RuntimeSample((long)numbers[0], (long)numbers[1], (long)numbers[2], (long)numbers[3], (long)numbers[4], numbers[5]);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Generation0} {Generation1} {Generation2} {HeapBytes} {AllocatedBytes} {PauseMilliseconds}");
}
