package hook

//lint:file-ignore U1000 the assembler uses these constants, through go_asm.h

import "gotop/hookagent/table"

// The injected code's view of the shared tables: go_asm.h gives the assembler constants of this package only.
const (
	cfgShards    = table.CfgShards
	cfgNumPs     = table.CfgNumPs
	cfgMP        = table.CfgMP
	cfgMCurg     = table.CfgMCurg
	cfgMG0       = table.CfgMG0
	cfgDepth     = table.CfgDepth
	cfgMallocLo  = table.CfgMallocLo
	cfgMallocSz  = table.CfgMallocSz
	cfgHeader    = table.CfgHeader
	cfgEvents    = table.CfgEvents
	cfgAllocBody = table.CfgAllocBody
	cfgExitFor   = table.CfgExitFor
	cfgRestore   = table.CfgRestore
	cfgSchedSP   = table.CfgSchedSP
	cfgSchedBP   = table.CfgSchedBP
	cfgRate      = table.CfgRate
	cfgBackLo    = table.CfgBackLo
	cfgBackSz    = table.CfgBackSz
	cfgSwitchLo  = table.CfgSwitchLo
	cfgSwitchSz  = table.CfgSwitchSz
	cfgBackPC    = table.CfgBackPC
	cfgBackBP    = table.CfgBackBP
	cfgSites     = table.CfgSites
	cfgKeep      = table.CfgKeep
	cfgResume    = table.CfgResume
	modeBody     = table.HdrModeBody - table.HdrConfig
	// The rest of the header, seen from the configuration.
	exitWord  = table.HdrExitWord - table.HdrConfig
	eventHead = table.HdrEventHead - table.HdrConfig
	round8    = table.HdrRound8 - table.HdrConfig
	round128  = table.HdrRound128 - table.HdrConfig
	words     = table.HdrWords - table.HdrConfig
	draws     = table.HdrDraws - table.HdrConfig
	texts     = table.HdrTexts - table.HdrConfig
	wholes    = table.HdrWholes - table.HdrConfig
	drawMask  = table.Draws - 1
	drawBits  = table.DrawBits

	atGopc     = table.HdrAttribute - table.HdrConfig + table.AtGopc
	atLabels   = table.HdrAttribute - table.HdrConfig + table.AtLabels
	atSweepgen = table.HdrAttribute - table.HdrConfig + table.AtSweepgen
	atKind     = table.HdrAttribute - table.HdrConfig + table.AtKind
	atMix      = table.HdrAttribute - table.HdrConfig + table.AtMix
	atStride   = table.HdrAttribute - table.HdrConfig + table.AtStride
	atValue    = table.HdrAttribute - table.HdrConfig + table.AtValue
	labelsList = uint64(table.LabelsList)
	labelsMap  = uint64(table.LabelsMap)

	shAtTables = table.ShAtTables
	shAtChunk  = table.ShAtChunk
	shAtLost   = table.ShAtLost
	shAtSlot   = table.ShAtSlot
	shAtSets   = table.ShAtSets

	atIdentityShift = 64 - table.AtIdentityBits
	atIdCreator     = table.AtIdCreator
	atIdLabels      = table.AtIdLabels
	atIdGeneration  = table.AtIdGeneration
	atIdCounters    = table.AtIdCounters
	atSlotShift     = 64 - table.AtSlotBits
	atSlotMask      = 1<<table.AtSlotBits - 1
	atProbes        = table.AtProbes
	atSets          = table.AtSets
	atSlots         = table.AtSlots
	atTablesSize    = table.AtTablesSize
	atChunkSize     = table.AtChunkSize
	atChunkFull     = table.AtChunkFull
	atRecCreator    = table.AtRecCreator
	atRecInfo       = table.AtRecKept // kept, flags, labels
	atRecLength     = table.AtRecLength
	atRecStrings    = table.AtRecStrings
	atDropped       = table.AtDropped << 8 // in atRecInfo
	atUnread        = table.AtUnread << 8
	maxLabels       = table.MaxLabels
	labelBytes      = table.LabelBytes

	poolNext = table.HdrPoolNext - table.HdrConfig
	poolEnd  = table.HdrPoolEnd - table.HdrConfig

	shardShift    = 9
	shardSize     = table.ShardSize
	nobodysIndex  = -table.NoPs // and the one behind it is that of Ps beyond the shards
	shChunk       = table.ShChunk
	shPredict     = table.ShPredict
	shLevel0      = table.ShLevel0
	shLevel0Mask  = table.ShLevel0Mask
	shLevel1      = table.ShLevel1
	shLevel2      = table.ShLevel2
	shLookups     = table.ShLookups
	shCut         = table.ShCut
	shCounted     = table.ShCounted
	shNext        = table.ShNext
	shRandom      = table.ShRandom
	shUnattrib    = table.ShUnattrib
	shSites       = table.ShSites
	shSiteMask    = table.ShSiteMask
	shSiteTable   = table.ShSiteTable
	shLeft        = table.ShLeft
	unattribShift = 6

	starterSize  = table.StarterSize
	starterMask  = table.StarterMask
	starterChunk = table.StarterChunk
	starterFull  = table.StarterFull
	growAfter    = table.GrowAfter
	grownSize    = table.GrownSize
	grownLevel0  = table.PredictSize << table.PredictBits
	spareBytes   = table.SpareBytes
	level1Size   = table.SlotSize << table.Level1Bits
	level2Size   = table.SlotSize << table.Level2Bits

	sitePrevious = table.SitePrevious
	siteLines    = table.SiteLines
	siteTaken    = table.SiteTaken
	siteHeader   = table.SiteHeader
	siteShift    = 64 - table.SiteBits2 - table.LineShift
	siteBits0    = table.SiteBits0
	siteBits1    = table.SiteBits1
	siteBits2    = table.SiteBits2
	siteMask0    = table.LineSize<<table.SiteBits0 - 2*table.LineSize
	siteMask1    = table.LineSize<<table.SiteBits1 - 2*table.LineSize
	siteMask2    = table.LineSize<<table.SiteBits2 - 2*table.LineSize
	siteSize0    = table.SiteHeader + (table.LineSize+2)<<table.SiteBits0
	siteSize1    = table.SiteHeader + (table.LineSize+2)<<table.SiteBits1
	siteSize2    = table.SiteHeader + (table.LineSize+2)<<table.SiteBits2
	siteSpare    = table.SiteSpare
	lineReturn   = table.LineReturn
	lineCaller   = table.LineCaller
	lineType     = table.LineType
	lineSize     = table.LineSize
	lineShift    = table.LineShift
	lineProbes   = table.LineProbes
	siteWalk     = sitesDepth
	shortest     = leastKept

	chunkSize  = table.ChunkSize
	chunkFull  = table.ChunkFull
	chPrevious = table.ChPrevious
	chUsed     = table.ChUsed
	chFull     = table.ChFull
	chRecords  = table.ChRecords

	predictShift = 64 - table.PredictBits
	level0Shift  = 64 - table.Level0Bits
	level1Shift  = 64 - table.Level1Bits
	level2Shift  = 64 - table.Level2Bits
	level0Mask   = 1<<table.Level0Bits - 1
	level1Mask   = 1<<table.Level1Bits - 1
	level2Mask   = 1<<table.Level2Bits - 1
	probes       = table.Probes
	lastProbes   = table.LastProbes

	numberBits  = table.NumberBits
	numberLimit = 1 << table.NumberBits
	recordShift = table.RecordShift
	recordAlign = table.RecordAlign

	slotKey    = table.SlotKey
	slotRecord = table.SlotRecord
	slotSize   = table.SlotSize
	slotShift  = 4

	recKey       = table.RecKey
	recCount     = table.RecCount
	recBytes     = table.RecBytes
	recWaste     = table.RecWaste
	recSize      = table.RecSize
	recSizeWaste = table.RecSizeWaste
	recShape     = table.RecShape
	recReach     = table.RecReach
	recFilled    = table.RecFilled
	recFlags     = table.RecFlags
	fillUnit     = table.FillUnit
	cutFlag      = table.CutFlag
	shortFlag    = table.ShortFlag
	recRange     = table.RecRange
	recDistances = table.RecDistances
	recScratch   = table.RecScratch
	rangeShift   = table.RangeShift

	kindShift     = table.KindShift
	kindGo        = table.KindGo
	kindMalg      = table.KindMalg
	kindCopyStack = table.KindCopyStack
	kindSample    = table.KindSample
	eventShift    = 8
	eventMask     = table.EventSlots - 1
	eventSTW      = table.EventSTW
	eventStop     = table.EventStop
)

const _ = uint(table.EventSize - 1<<eventShift)
const _ = uint(1<<eventShift - table.EventSize)
const _ = uint(32 - table.AtIdentitySize) // as the code shifts
const _ = uint(table.AtIdentitySize - 32)
const _ = uint(table.ShardSize - 1<<shardShift) // the shift and the size must agree
const _ = uint(1<<shardShift - table.ShardSize)
const _ = uint(table.SlotSize - 1<<slotShift)
const _ = uint(1<<slotShift - table.SlotSize)
const _ = uint(table.UnattribSize - 1<<unattribShift)
const _ = uint(1<<unattribShift - table.UnattribSize)
const _ = -uint(table.HdrConfig % table.RecordAlign) // records are aligned where their references are
const _ = -uint(table.PoolOff % table.RecordAlign)
const _ = uint(table.NoPs-2) + uint(2-table.NoPs) // "beyond" finds its shard next to the Ps'
