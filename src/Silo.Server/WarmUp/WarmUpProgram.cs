using System.Globalization;
using Silo.Core.WarmUp;
using Spectre.Console;

namespace Silo.Server.WarmUp;

/// <summary>The verb <c>warm-up</c>: prints the calendar of a plan. Exit codes: 0 printed, 2 wrong arguments.</summary>
internal static class WarmUpProgram
{
    private const string Usage = "usage: Silo.Server warm-up --daily-volume 50000 [--caps 50,100,200]";

    public static int Run(IReadOnlyList<string> arguments, IAnsiConsole console, DateOnly today)
    {
        if (!TryParse(arguments, out var volume, out var caps)) return Refuse(console, Usage);
        var plan = WarmUpPlan.Automatic;
        if (caps is not null)
        {
            var (custom, problems) = WarmUpPlan.Create(caps);
            if (custom is null) return Refuse(console, string.Join('\n', problems.Select(p => $"--caps, day {p.Day + 1}: {p.Error}")));
            plan = custom;
        }

        Write(console, WarmUpCalendar.Of(plan, volume, today));
        return 0;
    }

    private static bool TryParse(IReadOnlyList<string> arguments, out long volume, out long[]? caps)
    {
        (volume, caps) = (-1, null);
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var parts = arguments[i + 1].Split(',');
            var numbers = new long[parts.Length];
            for (var n = 0; n < parts.Length; n++)
                if (!long.TryParse(parts[n], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[n])) return false;
            if (arguments[i] == "--caps") caps = numbers;
            else if (arguments[i] == "--daily-volume" && numbers.Length == 1) volume = numbers[0];
            else return false;
        }

        return arguments.Count % 2 == 0 && volume is >= 0 and <= WarmUpPlan.MaxCap;
    }

    private static void Write(IAnsiConsole console, WarmUpCalendar calendar)
    {
        var table = new Table().RoundedBorder().AddColumn("day").AddColumn("date");
        foreach (var column in (string[])["cap", "leaves", "waits at its end"]) table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var day in calendar.Days)
        {
            table.AddRow(
                day.Day.ToString(CultureInfo.InvariantCulture), day.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                day.Cap is { } cap ? Number(cap) : "none", Number(day.Sends), Number(day.Waits));
        }

        console.Write(table);
        console.WriteLine(calendar.LongestWaitDays switch
        {
            0 => "Nothing waits.",
            1 => "Mail waits a day at most.",
            { } days => $"Mail waits up to {days} days. It is not refused: send less, or over a warm pool.",
            null => $"After {calendar.Days.Count} days mail still waits: the plan never catches up.",
        });
    }

    private static int Refuse(IAnsiConsole console, string why)
    {
        console.WriteLine(why);
        return 2;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
