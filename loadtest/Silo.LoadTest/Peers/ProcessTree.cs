using System.Globalization;

namespace Silo.LoadTest.Peers;

/// <summary>What processes and all that they started have used (proc(5)).</summary>
internal static class ProcessTree
{
    // USER_HZ is 100.
    private const double SecondsPerTick = 0.01;

    // Counted from the field behind the name.
    private const int Parent = 1;
    private const int UserTime = 11;
    private const int FieldsOfTime = 4;

    /// <summary>CPU seconds, those of children that have ended included.</summary>
    public static double CpuSeconds(IEnumerable<int> roots)
    {
        var all = Read();
        // A process adds what its ended children used; those that live are counted themselves.
        return Members(roots, all).Sum(m => all[m].Ticks) * SecondsPerTick;
    }

    /// <summary>Bytes in memory; what several share is counted once, in parts. Processes that end meanwhile are left out.</summary>
    public static long MemoryBytes(IEnumerable<int> roots) => Members(roots, Read()).Sum(ShareOf);

    public static int Count(IEnumerable<int> roots) => Members(roots, Read()).Count;

    private static List<int> Members(IEnumerable<int> roots, Dictionary<int, (int Parent, long Ticks)> all)
    {
        var children = all.ToLookup(p => p.Value.Parent, p => p.Key);
        var members = new List<int>();
        var next = new Stack<int>(roots.Where(all.ContainsKey));
        while (next.TryPop(out var process))
        {
            members.Add(process);
            foreach (var child in children[process]) next.Push(child);
        }

        return members;
    }

    private static Dictionary<int, (int Parent, long Ticks)> Read()
    {
        var all = new Dictionary<int, (int, long)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                // The name, in parentheses, may hold blanks.
                var stat = File.ReadAllText($"{directory}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var ticks = fields.Skip(UserTime).Take(FieldsOfTime).Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                all[id] = (int.Parse(fields[Parent], CultureInfo.InvariantCulture), ticks);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }

        return all;
    }

    private static long ShareOf(int process)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{process}/smaps_rollup"))
            {
                if (!line.StartsWith("Pss:", StringComparison.Ordinal)) continue;
                var kibibytes = line["Pss:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
                return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile.
        }

        return 0;
    }
}
