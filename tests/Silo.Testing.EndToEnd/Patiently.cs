using Xunit;

namespace Silo.Testing.EndToEnd;

/// <summary>Waits for what processes do, however slow the machine is.</summary>
public static class Patiently
{
    public static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), () => what);

    public static Task Until(Func<bool> condition, Func<string> what) => Until(() => Task.FromResult(condition()), what);

    public static async Task Until(Func<Task<bool>> condition, Func<string> what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > ServerProcess.Patience) Assert.Fail($"Waited in vain until {what()}");
            await Task.Delay(20);
        }
    }
}
