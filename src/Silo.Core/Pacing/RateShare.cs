namespace Silo.Core.Pacing;

/// <summary>A part of a pool's rate that one silo may use for some time.</summary>
/// <param name="Number">
/// Later shares of the same pool have higher numbers, over all of its activations; 0 for none: then the term says when to ask again.
/// </param>
/// <param name="RatePerSecond">Recipients a second, 0 or more.</param>
/// <param name="Burst">Recipients at once, 0 or more.</param>
/// <param name="Term">
/// For how long, counted by the silo's own clock from before it asked; the pool counts it from when it answered, which is later.
/// </param>
public readonly record struct RateShare(long Number, double RatePerSecond, double Burst, TimeSpan Term);

/// <summary>What a silo says when it asks for a share.</summary>
/// <param name="Silo">The silo's incarnation.</param>
/// <param name="Demand">The sum of the weights of its tenants with mail due in the pool; 0 when none has.</param>
/// <param name="HeldNumber">The share that it goes by since it had it, 0 for none: all before it are given up.</param>
/// <param name="HeldBurst">The burst that it still can use: of the share it goes by, or what it has reserved if that is more.</param>
/// <param name="Wanted">
/// Recipients a second that it can use, 0 or more: infinite for a silo where mail waits for the rate, else somewhat more than what left
/// lately. What it cannot use others get.
/// </param>
public readonly record struct ShareRequest(
    long Silo, double Demand, long HeldNumber, double HeldBurst, double Wanted = double.PositiveInfinity);
