"""The published numbers behind ``tables.citable.references``, as comma-separated text.

Columns: sex, first and last age of the group in completed years, number of people, then the
values that the reader of the block names. An empty cell was not published or could not be read.
"""

from __future__ import annotations

VU2024_MASS_G = """
F,18,40,32,total:2212:636.0,erector_spinae:758:193.8,gluteus_medius:61:76.1,\
lateral_abdominals:804:295.5,psoas:241:69.7,quadratus_lumborum:108:29.5,rectus_abdominis:240:101.8
F,41,50,19,total:2256:560.1,erector_spinae:760:150.2,gluteus_medius:75:44.1,\
lateral_abdominals:830:275.3,psoas:259:60.7,quadratus_lumborum:98:27.0,rectus_abdominis:233:69.0
F,51,60,54,total:2135:552.2,erector_spinae:736:178.1,gluteus_medius:78:47.3,\
lateral_abdominals:770:262.9,psoas:243:58.8,quadratus_lumborum:89:25.3,rectus_abdominis:219:86.2
F,61,70,47,total:1926:501.5,erector_spinae:664:155.8,gluteus_medius:87:74.6,\
lateral_abdominals:718:233.5,psoas:201:47.6,quadratus_lumborum:74:17.6,rectus_abdominis:182:70.5
F,71,80,30,total:1860:432.2,erector_spinae:654:109.6,gluteus_medius:96:68.5,\
lateral_abdominals:674:239.9,psoas:195:48.1,quadratus_lumborum:67:15.4,rectus_abdominis:174:49.3
F,81,100,8,total:1579:408.8,erector_spinae:533:125.5,gluteus_medius:132:118.3,\
lateral_abdominals:552:158.4,psoas:173:55.3,quadratus_lumborum:46:9.8,rectus_abdominis:142:42.1
M,18,40,9,total:3363:889.0,erector_spinae:1073:246.8,gluteus_medius:143:81.9,\
lateral_abdominals:1189:391.3,psoas:452:116.2,quadratus_lumborum:170:50.5,rectus_abdominis:336:96.9
M,41,50,25,total:3377:759.1,erector_spinae:1058:246.6,gluteus_medius:183:129.1,\
lateral_abdominals:1211:358.8,psoas:426:89.5,quadratus_lumborum:156:30.1,rectus_abdominis:343:115.7
M,51,60,39,total:3385:819.3,erector_spinae:1041:247.5,gluteus_medius:149:83.6,\
lateral_abdominals:1311:394.5,psoas:393:98.4,quadratus_lumborum:149:41.3,rectus_abdominis:342:104.6
M,61,70,41,total:2944:603.0,erector_spinae:908:202.6,gluteus_medius:154:86.5,\
lateral_abdominals:1138:299.2,psoas:334:75.0,quadratus_lumborum:115:30.3,rectus_abdominis:295:86.9
M,71,80,31,total:2726:644.5,erector_spinae:849:198.2,gluteus_medius:138:79.4,\
lateral_abdominals:1038:285.2,psoas:320:76.7,quadratus_lumborum:108:31.7,rectus_abdominis:272:75.6
M,81,100,9,total:2629:536.7,erector_spinae:754:153.4,gluteus_medius:170:73.7,\
lateral_abdominals:1057:255.1,psoas:311:83.9,quadratus_lumborum:92:19.0,rectus_abdominis:245:49.5
"""
"""Table 3: gross mass in g as muscle:mean:SD, both sides, lung base to inferior L5.

The published groups are "<40" and "41-50"; people of exactly 40 are put into the first.
"""

TONNESEN2023_L3 = """
F,33,44,279,l3_sma_cm2:120.9:18.4,l3_smi_cm2_m2:48.2:7.1,l3_muscle_hu:42.6:5.5
F,45,54,588,l3_sma_cm2:119.5:18.5,l3_smi_cm2_m2:48.0:7.2,l3_muscle_hu:38.1:7.2
F,55,64,500,l3_sma_cm2:110.6:16.3,l3_smi_cm2_m2:45.8:6.8,l3_muscle_hu:33.4:6.8
F,65,74,321,l3_sma_cm2:104.5:15.8,l3_smi_cm2_m2:44.3:6.5,l3_muscle_hu:29.3:6.6
F,75,92,171,l3_sma_cm2:99.5:16.0,l3_smi_cm2_m2:43.5:6.7,l3_muscle_hu:25.2:6.8
"""
"""Table 2, women, L3, as fact:mean:SD. The cohort's ages are 33 to 92 years."""

TONNESEN2023_THORAX = """
F,33,44,88,t5_sma_cm2:156.7:22.2,t5_smi_cm2_m2:63.4:9.3,t5_muscle_hu:42.3:5.1
F,45,54,360,t5_sma_cm2:145.0:19.8,t5_smi_cm2_m2:58.1:8.2,t5_muscle_hu:40.3:5.0
F,55,64,355,t5_sma_cm2:134.8:17.2,t5_smi_cm2_m2:55.8:7.9,t5_muscle_hu:38.6:4.9
F,65,74,237,t5_sma_cm2:128.6:15.7,t5_smi_cm2_m2:54.7:7.3,t5_muscle_hu:37.5:4.7
F,75,92,113,t5_sma_cm2:119.2:16.7,t5_smi_cm2_m2:52.0:7.4,t5_muscle_hu:35.2:4.8
F,33,44,265,t8_sma_cm2:83.7:12.4,t8_smi_cm2_m2:33.5:5.2,t8_muscle_hu:36.3:6.2
F,45,54,569,t8_sma_cm2:79.3:12.5,t8_smi_cm2_m2:31.9:5.2,t8_muscle_hu:31.9:6.2
F,55,64,489,t8_sma_cm2:72.4:10.9,t8_smi_cm2_m2:30.0:5.0,t8_muscle_hu:28.0:5.8
F,65,74,319,t8_sma_cm2:68.1:10.4,t8_smi_cm2_m2:28.9:4.8,t8_muscle_hu:26.1:5.4
F,75,92,169,t8_sma_cm2:64.2:10.7,t8_smi_cm2_m2:28.0:4.6,t8_muscle_hu:24.0:5.7
F,33,44,277,t10_sma_cm2:70.9:11.3,t10_smi_cm2_m2:28.4:4.8,t10_muscle_hu:37.0:5.9
F,45,54,583,t10_sma_cm2:67.5:11.2,t10_smi_cm2_m2:27.2:4.6,t10_muscle_hu:32.1:6.6
F,55,64,495,t10_sma_cm2:62.4:9.9,t10_smi_cm2_m2:25.9:4.4,t10_muscle_hu:28.2:6.2
F,65,74,315,t10_sma_cm2:58.6:9.7,t10_smi_cm2_m2:24.8:4.2,t10_muscle_hu:25.8:5.5
F,75,92,167,t10_sma_cm2:54.9:9.2,t10_smi_cm2_m2:23.9:4.0,t10_muscle_hu:23.2:6.1
"""
"""Table 2, women, T5, T8 and T10, as fact:mean:SD (PMC10920396)."""

DRUCKMANN2024_L3 = """
M,18,74,,l3_pmi_cm2_m2:6.3:1.8,l3_psoas_hu:46.1:5
F,18,74,,l3_pmi_cm2_m2:4.8:1.9,l3_psoas_hu:41:5
"""
"""Abstract, as fact:mean:SD; the number of men and women is given as a percentage."""

VAN_DER_WERF2018_BMI_KG_M2 = ((17.0, 20.0), (20.0, 25.0), (25.0, 30.0), (30.0, 35.0))
VAN_DER_WERF2018_P5 = """
l3_smi_cm2_m2,M,20,29,44.9,37.4,42.5,48.7,54.8
l3_smi_cm2_m2,M,30,39,43.4,35.9,41.0,47.2,53.3
l3_smi_cm2_m2,M,40,49,41.8,34.3,39.4,45.6,51.7
l3_smi_cm2_m2,M,50,59,40.2,32.7,37.7,43.9,50.0
l3_smi_cm2_m2,M,60,69,38.6,31.0,36.1,42.3,48.4
l3_smi_cm2_m2,M,70,79,36.9,29.3,34.4,40.6,46.7
l3_smi_cm2_m2,F,20,29,36.7,28.5,33.7,39.6,45.1
l3_smi_cm2_m2,F,30,39,35.3,28.7,32.8,37.6,42.2
l3_smi_cm2_m2,F,40,49,33.9,28.8,31.8,35.6,39.2
l3_smi_cm2_m2,F,50,59,32.3,28.7,30.9,33.5,36.1
l3_smi_cm2_m2,F,60,69,30.7,28.5,29.9,31.4,32.9
l3_smi_cm2_m2,F,70,79,28.9,28.2,28.8,29.3,29.5
l3_sma_cm2,M,20,29,153.0,131.4,145.4,162.6,179.3
l3_sma_cm2,M,30,39,146.1,124.3,138.3,155.5,172.2
l3_sma_cm2,M,40,49,139.0,117.1,131.2,148.3,165.0
l3_sma_cm2,M,50,59,131.8,109.8,123.8,141.0,157.7
l3_sma_cm2,M,60,69,124.5,102.3,116.4,133.6,150.3
l3_sma_cm2,M,70,79,116.9,94.8,108.8,126.0,142.7
l3_sma_cm2,F,20,29,111.2,88.2,102.7,119.4,134.7
l3_sma_cm2,F,30,39,104.9,86.8,97.9,111.2,123.7
l3_sma_cm2,F,40,49,98.3,85.1,93.1,102.9,112.3
l3_sma_cm2,F,50,59,91.5,83.0,88.2,94.4,100.6
l3_sma_cm2,F,60,69,84.5,80.7,83.1,85.9,88.4
l3_sma_cm2,F,70,79,77.3,78.0,78.0,77.3,75.9
l3_muscle_hu,M,20,29,35.5,39.4,37.6,35.2,32.7
l3_muscle_hu,M,30,39,33.5,37.4,35.6,33.2,30.7
l3_muscle_hu,M,40,49,31.4,35.4,33.6,31.2,28.7
l3_muscle_hu,M,50,59,29.4,33.3,31.5,29.1,26.7
l3_muscle_hu,M,60,69,27.3,31.2,29.4,27.0,24.6
l3_muscle_hu,F,20,29,34.6,38.6,36.3,33.4,30.4
l3_muscle_hu,F,30,39,31.1,35.3,33.0,30.1,27.1
l3_muscle_hu,F,40,49,27.5,31.9,29.7,26.8,23.8
l3_muscle_hu,F,50,59,23.9,28.6,26.3,23.4,20.4
l3_muscle_hu,F,60,69,20.2,25.2,22.9,20.0,
"""
"""Table 3: predicted 5th percentile at any BMI, then in the four BMI groups.

Attenuation from 70 years, and of women of 60-69 with BMI 30-35, could not be read.
"""

MARTIN_D2025_P5 = """
l3_smi_cm2_m2,M,20,39,43.7
l3_smi_cm2_m2,M,40,59,44.9
l3_smi_cm2_m2,M,60,,39.7
l3_smi_cm2_m2,F,20,39,33.8
l3_smi_cm2_m2,F,40,59,34.8
l3_smi_cm2_m2,F,60,,31.2
"""
"""5th percentile; the oldest person of the group from 60 years on is not stated."""

WESTENBERG2023_LOW = """
l3_smi_cm2_m2,M,20,29,38.8
l3_smi_cm2_m2,M,30,39,39.2
l3_smi_cm2_m2,M,40,49,39.9
l3_smi_cm2_m2,M,50,59,39.0
l3_smi_cm2_m2,M,60,69,37.0
l3_smi_cm2_m2,M,70,79,36.8
l3_smi_cm2_m2,F,20,29,37.5
l3_smi_cm2_m2,F,30,39,35.5
l3_smi_cm2_m2,F,40,49,32.8
l3_smi_cm2_m2,F,50,59,33.2
l3_smi_cm2_m2,F,60,69,31.2
l3_smi_cm2_m2,F,70,79,31.5
"""
"""Published reference value for low SMI; which percentile it is was not readable."""
