namespace Silo.ClusterClient;

/// <summary>By which a test finds the program.</summary>
public sealed class Marker;
