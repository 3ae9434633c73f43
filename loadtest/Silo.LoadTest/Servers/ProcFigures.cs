using System.Globalization;

namespace Silo.LoadTest.Servers;

/// <summary>What the kernel says of a process (proc(5)); where there is no /proc, nothing.</summary>
internal static class ProcFigures
{
    // USER_HZ is 100.
    private const double SecondsPerTick = 0.01;

    // Counted from the field behind the name.
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int ResidentPages = 21;

    /// <summary>CPU seconds since its start and resident bytes; null when it is gone.</summary>
    public static (double CpuSeconds, long ResidentBytes)? Of(int process)
    {
        try
        {
            // The name, in parentheses, may hold blanks.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = Number(fields, UserTime) + Number(fields, SystemTime);
            return (ticks * SecondsPerTick, Number(fields, ResidentPages) * Environment.SystemPageSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string[] fields, int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
}
